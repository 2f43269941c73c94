/** Writes GGUF files, version 3, as llama.cpp reads them: metadata, the list of tensors, and their bytes. Layout: docs/gguf.md of ggml. */
import { encodeFloats, type FloatDtype } from './dtypes.ts';
import { encodeQ8, Q8_BLOCK, Q8_BYTES } from './q8.ts';
import type { GgufType } from '../protocol/exportReport.ts';

/** A value of the metadata with the type that the reader of its key expects. */
export type GgufValue =
  | { readonly type: 'uint32' | 'int32' | 'float32'; readonly value: number }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'strings'; readonly value: readonly string[] }
  | { readonly type: 'int32s'; readonly value: Int32Array }
  | { readonly type: 'bools'; readonly value: readonly boolean[] };

export type GgufMetadata = ReadonlyMap<string, GgufValue>;

export interface GgufTensor {
  readonly name: string;
  /** Rows before columns, as in safetensors; the file has them the other way round. */
  readonly shape: readonly number[];
  readonly type: GgufType;
  /** Called once, when the tensor's turn has come. */
  readonly values: () => Float32Array;
}

/** What llama.cpp calls the formats in a file (`ggml_type`). */
const TENSOR_TYPES: Readonly<Record<GgufType, number>> = { f32: 0, f16: 1, q8_0: 8 };
/** `gguf_type`. */
const UINT32 = 4;
const INT32 = 5;
const FLOAT32 = 6;
const BOOL = 7;
const STRING = 8;
const ARRAY = 9;

const VERSION = 3;
/** What readers take where the file names no other. */
const ALIGNMENT = 32;

/** Bytes of a tensor in a file, without what fills up to the next. Rows of a quantized one must be whole blocks: a bug otherwise. */
export function ggufBytes(type: GgufType, shape: readonly number[]): number {
  const count = shape.reduce((product, length) => product * length, 1);
  if (type !== 'q8_0') return count * (type === 'f32' ? 4 : 2);
  if ((shape.at(-1) ?? 0) % Q8_BLOCK !== 0)
    throw new Error(`Rows of [${shape.join(', ')}] are not made of whole blocks of ${Q8_BLOCK}.`);
  return (count / Q8_BLOCK) * Q8_BYTES;
}

/** The bytes of a file, one tensor in memory at a time. */
export function* encodeGguf(metadata: GgufMetadata, tensors: readonly GgufTensor[]): Generator<Uint8Array> {
  yield header(metadata, tensors);
  for (const { name, shape, type, values } of tensors) {
    const size = ggufBytes(type, shape);
    let written = 0;
    for (const piece of encoded(type, values())) {
      written += piece.byteLength;
      yield piece;
    }
    if (written !== size) throw new Error(`The tensor ${name} has ${written} bytes instead of ${size}.`);
    yield new Uint8Array(padded(size) - size);
  }
}

const DTYPES: Readonly<Record<Exclude<GgufType, 'q8_0'>, FloatDtype>> = { f32: 'F32', f16: 'F16' };

const encoded = (type: GgufType, values: Float32Array): Iterable<Uint8Array> =>
  type === 'q8_0' ? encodeQ8(values) : encodeFloats(DTYPES[type], values);

const padded = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;

function header(metadata: GgufMetadata, tensors: readonly GgufTensor[]): Uint8Array {
  const out = new Bytes();
  out.raw(Buffer.from('GGUF'));
  out.uint32(VERSION);
  out.uint64(tensors.length);
  out.uint64(metadata.size);
  for (const [key, value] of metadata) {
    out.string(key);
    writeValue(out, value);
  }
  let offset = 0;
  for (const { name, shape, type } of tensors) {
    out.string(name);
    out.uint32(shape.length);
    for (const length of shape.toReversed()) out.uint64(length);
    out.uint32(TENSOR_TYPES[type]);
    out.uint64(offset);
    offset += padded(ggufBytes(type, shape));
  }
  return out.filledTo(ALIGNMENT);
}

function writeValue(out: Bytes, entry: GgufValue): void {
  switch (entry.type) {
    case 'uint32':
      out.uint32(UINT32);
      return out.uint32(entry.value);
    case 'int32':
      out.uint32(INT32);
      return out.int32(entry.value);
    case 'float32':
      out.uint32(FLOAT32);
      return out.float32(entry.value);
    case 'bool':
      out.uint32(BOOL);
      return out.bool(entry.value);
    case 'string':
      out.uint32(STRING);
      return out.string(entry.value);
    case 'strings':
      return writeList(out, STRING, entry.value, (text) => out.string(text));
    case 'int32s':
      return writeList(out, INT32, entry.value, (number) => out.int32(number));
    case 'bools':
      return writeList(out, BOOL, entry.value, (flag) => out.bool(flag));
    default:
      return entry satisfies never;
  }
}

function writeList<T>(
  out: Bytes,
  type: number,
  values: Iterable<T> & { readonly length: number },
  write: (value: T) => void,
): void {
  out.uint32(ARRAY);
  out.uint32(type);
  out.uint64(values.length);
  for (const value of values) write(value);
}

/** Little-endian bytes that grow. */
class Bytes {
  #buffer = Buffer.alloc(1 << 16);
  #length = 0;

  raw(bytes: Uint8Array): void {
    this.#need(bytes.byteLength).set(bytes, this.#length);
    this.#length += bytes.byteLength;
  }

  uint32(value: number): void {
    this.#length = this.#need(4).writeUInt32LE(value, this.#length);
  }

  int32(value: number): void {
    this.#length = this.#need(4).writeInt32LE(value, this.#length);
  }

  uint64(value: number): void {
    this.#length = this.#need(8).writeBigUInt64LE(BigInt(value), this.#length);
  }

  float32(value: number): void {
    this.#length = this.#need(4).writeFloatLE(value, this.#length);
  }

  bool(value: boolean): void {
    this.#length = this.#need(1).writeUInt8(value ? 1 : 0, this.#length);
  }

  string(text: string): void {
    const bytes = Buffer.byteLength(text);
    this.uint64(bytes);
    this.#length += this.#need(bytes).write(text, this.#length);
  }

  /** All bytes, and zeros up to a multiple of `alignment`. */
  filledTo(alignment: number): Uint8Array {
    const length = Math.ceil(this.#length / alignment) * alignment;
    this.#need(length - this.#length);
    return this.#buffer.subarray(0, length);
  }

  #need(bytes: number): Buffer {
    if (this.#length + bytes <= this.#buffer.length) return this.#buffer;
    const larger = Buffer.alloc(Math.max(2 * this.#buffer.length, this.#length + bytes));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
    return larger;
  }
}
