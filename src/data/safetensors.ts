/** Reads and writes safetensors files: named tensors as plain arrays. The rules of the format are in safetensorsHeader.ts. */
import { said, saidBy } from '../protocol/sentence.ts';
import { naming } from './dataFailure.ts';
import { bytesPerElement, encodeFloats, type FloatDtype, toFloat32, widen } from './dtypes.ts';
import { readAt, withFile } from './durable.ts';
import type { FilePort } from './files.ts';
import {
  LONGEST_HEADER,
  parseHeader,
  SafetensorsFailure,
  type SafetensorsHeader,
  type TensorEntry,
} from './safetensorsHeader.ts';
import type { NamedArray, NamedArrays } from '../protocol/savedState.ts';

const PIECE = 2 ** 30;

/** The checked header of a file. Throws `SafetensorsFailure` and `FileFailure`. */
export function readHeader(files: FilePort, path: string): SafetensorsHeader {
  return withSafetensors(files, path, (_, header) => header);
}

/**
 * All tensors of a file, or those of them that are wanted, as 32-bit floats, read one after the other.
 * Throws `SafetensorsFailure` (nothing comes from a file that breaks a rule) and `FileFailure`.
 */
export function readSafetensors(
  files: FilePort,
  path: string,
  isWanted: (name: string) => boolean = () => true,
): NamedArrays {
  return withSafetensors(files, path, (fd, { tensors }) => {
    const wanted = tensors.filter(({ name }) => isWanted(name));
    return Object.fromEntries(wanted.map((entry) => [entry.name, readTensor(files, fd, path, entry)]));
  });
}

/** The bytes of a file that holds these tensors in one format, sorted by name, each at a multiple of 8 from the header's end where its length allows. */
export function* encodeSafetensors(
  arrays: NamedArrays,
  metadata: Readonly<Record<string, string>> = {},
  dtype: FloatDtype = 'F32',
): Generator<Uint8Array> {
  const ordered = Object.entries(arrays).toSorted(([a], [b]) => (a < b ? -1 : 1));
  yield encodeHeader(ordered, metadata, dtype);
  for (const [, { values }] of ordered) yield* encodeFloats(dtype, values);
}

function withSafetensors<T>(files: FilePort, path: string, use: (fd: number, header: SafetensorsHeader) => T): T {
  try {
    return withFile(files, path, (fd) => use(fd, headerOf(files, fd, path)));
  } catch (error) {
    if (error instanceof SafetensorsFailure) throw new SafetensorsFailure(error.rule, said`${path}: ${saidBy(error)}`);
    throw error;
  }
}

function headerOf(files: FilePort, fd: number, path: string): SafetensorsHeader {
  const fileBytes = naming('measure', path, () => files.size(fd));
  if (fileBytes < 8)
    throw new SafetensorsFailure('tooShort', said`The file has ${fileBytes} bytes, too few for a header.`);
  const prefix = new Uint8Array(8);
  readAt(files, fd, path, prefix, 0);
  const length = new DataView(prefix.buffer).getBigUint64(0, true);
  if (length > LONGEST_HEADER) {
    throw new SafetensorsFailure(
      'headerTooLong',
      said`The header claims ${String(length)} bytes; ${LONGEST_HEADER} are allowed.`,
    );
  }
  if (Number(length) + 8 > fileBytes) {
    throw new SafetensorsFailure(
      'headerPastEnd',
      said`The header claims ${String(length)} bytes in a file of ${fileBytes}.`,
    );
  }
  const bytes = new Uint8Array(Number(length));
  readAt(files, fd, path, bytes, 8);
  return parseHeader(bytes, fileBytes);
}

function readTensor(files: FilePort, fd: number, path: string, entry: TensorEntry): NamedArray {
  const { dtype, begin, end, shape } = entry;
  if (dtype === 'F16' || dtype === 'BF16') return { shape, values: readHalves(files, fd, path, entry) };
  const buffer = new ArrayBuffer(end - begin);
  for (const piece of piecesOf(buffer)) readAt(files, fd, path, piece, begin + piece.byteOffset);
  const values = toFloat32(dtype, buffer);
  if (values) return { shape, values };
  throw new SafetensorsFailure('notReadable', said`Tensor "${entry.name}" is stored as ${dtype}, which is not read.`);
}

/** Bytes of 16-bit numbers that are read before they are widened: they fit the processor's cache. */
const HALVES = 1 << 18;

function readHalves(files: FilePort, fd: number, path: string, entry: TensorEntry): Float32Array {
  const { dtype, begin, end } = entry;
  const values = new Float32Array((end - begin) / 2);
  const piece = new ArrayBuffer(Math.min(HALVES, end - begin));
  for (let at = begin; at < end; at += HALVES) {
    const bytes = Math.min(HALVES, end - at);
    readAt(files, fd, path, new Uint8Array(piece, 0, bytes), at);
    widen(dtype === 'F16' ? 'F16' : 'BF16', new Uint16Array(piece, 0, bytes / 2), values.subarray((at - begin) / 2));
  }
  return values;
}

/** The bytes of a buffer in views of at most 1 GiB: one view cannot span more than 4 GiB. */
function* piecesOf(buffer: ArrayBuffer): Generator<Uint8Array> {
  for (let at = 0; at < buffer.byteLength; at += PIECE)
    yield new Uint8Array(buffer, at, Math.min(PIECE, buffer.byteLength - at));
}

type Entry = readonly [name: string, array: NamedArray];

/** Length and header, padded with spaces to a multiple of 8. */
function encodeHeader(
  ordered: readonly Entry[],
  metadata: Readonly<Record<string, string>>,
  dtype: FloatDtype,
): Uint8Array {
  const about = Object.keys(metadata).length ? [`"__metadata__":${JSON.stringify(metadata)}`] : [];
  const text = `{${[...about, ...describe(ordered, dtype)].join(',')}}`;
  const used = Buffer.byteLength(text);
  const bytes = new Uint8Array(8 + Math.ceil(used / 8) * 8).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(bytes.byteLength - 8), true);
  bytes.set(Buffer.from(text), 8);
  return bytes;
}

function describe(ordered: readonly Entry[], dtype: FloatDtype): string[] {
  const width = bytesPerElement(dtype) ?? 0;
  let begin = 0;
  return ordered.map(([name, { shape, values }]) => {
    const size = shape.reduce((product, length) => product * length, 1);
    if (size !== values.length || name === '__metadata__') {
      throw new Error(`Tensor "${name}" [${shape.join(', ')}] cannot be written with ${values.length} values.`);
    }
    const offsets = [begin, (begin += width * values.length)];
    return `${JSON.stringify(name)}:{"dtype":"${dtype}","shape":${JSON.stringify(shape)},"data_offsets":${JSON.stringify(offsets)}}`;
  });
}
