/** Reads and writes safetensors files: named tensors as plain arrays. The rules of the format are in safetensorsHeader.ts. */
import { said, saidBy } from '../protocol/sentence.ts';
import { naming } from './dataFailure.ts';
import { bytesPerElement, encodeFloats, type FloatDtype } from './dtypes.ts';
import { readAt, withFile } from './durable.ts';
import type { ReadPort } from './files.ts';
import { LONGEST_HEADER, parseHeader, SafetensorsFailure, type SafetensorsHeader } from './safetensorsHeader.ts';
import { TensorReader } from './tensorReader.ts';
import type { NamedArray, NamedArrays } from '../protocol/savedState.ts';

/** The checked header of a file. Throws `SafetensorsFailure` and `FileFailure`. */
export function readHeader(files: ReadPort, path: string): SafetensorsHeader {
  return withSafetensors(files, path, (_, header) => header);
}

/**
 * All tensors of a file, or those of them that are wanted, as 32-bit floats, read one after the other.
 * Throws `SafetensorsFailure` (nothing comes from a file that breaks a rule) and `FileFailure`.
 */
export function readSafetensors(
  files: ReadPort,
  path: string,
  isWanted: (name: string) => boolean = () => true,
): NamedArrays {
  return withSafetensors(files, path, (fd, { tensors }) => {
    const wanted = tensors.filter(({ name }) => isWanted(name));
    const reader = new TensorReader(files, fd, path, wanted);
    return Object.fromEntries(wanted.map((entry) => [entry.name, reader.read(entry)]));
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

function withSafetensors<T>(files: ReadPort, path: string, use: (fd: number, header: SafetensorsHeader) => T): T {
  try {
    return withFile(files, path, (fd) => use(fd, headerOf(files, fd, path)));
  } catch (error) {
    if (error instanceof SafetensorsFailure) throw new SafetensorsFailure(error.rule, said`${path}: ${saidBy(error)}`);
    throw error;
  }
}

function headerOf(files: ReadPort, fd: number, path: string): SafetensorsHeader {
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
