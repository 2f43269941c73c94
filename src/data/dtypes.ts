/** The number formats of safetensors files, and how those that we read become 32-bit floats. */
import { type HalfDtype, widened } from './widening.ts';

export type Dtype = keyof typeof WIDTHS;

const WIDTHS = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E5M2: 1,
  F8_E4M3: 1,
  F8_E8M0: 1,
  I16: 2,
  U16: 2,
  F16: 2,
  BF16: 2,
  I32: 4,
  U32: 4,
  F32: 4,
  F64: 8,
  I64: 8,
  U64: 8,
  C64: 8,
} as const;

/** Bytes of one element, or null for a format we do not know (formats below one byte among them). */
export function bytesPerElement(dtype: string): number | null {
  return Object.hasOwn(WIDTHS, dtype) ? WIDTHS[dtype as Dtype] : null;
}

type View<T> = new (buffer: ArrayBuffer) => T;

/** All values of a buffer as 32-bit floats (rounded where they do not fit), or null for a format that is not read. F32 is not copied. */
export function toFloat32(dtype: Dtype, buffer: ArrayBuffer): Float32Array<ArrayBuffer> | null {
  const view = <T>(kind: View<T>): T => new kind(buffer);
  switch (dtype) {
    case 'F32':
      return view(Float32Array);
    case 'F16':
      return widened('F16', buffer);
    case 'BF16':
      return widened('BF16', buffer);
    case 'F64':
      return new Float32Array(view(Float64Array));
    case 'I64':
      return fromBigInts(view(BigInt64Array));
    case 'U64':
      return fromBigInts(view(BigUint64Array));
    case 'I32':
      return new Float32Array(view(Int32Array));
    case 'U32':
      return new Float32Array(view(Uint32Array));
    case 'I16':
      return new Float32Array(view(Int16Array));
    case 'U16':
      return new Float32Array(view(Uint16Array));
    case 'I8':
      return new Float32Array(view(Int8Array));
    case 'U8':
    case 'BOOL':
      return new Float32Array(view(Uint8Array));
    case 'F8_E5M2':
    case 'F8_E4M3':
    case 'F8_E8M0':
    case 'C64':
      return null;
    default:
      return dtype satisfies never;
  }
}

function fromBigInts(values: BigInt64Array | BigUint64Array): Float32Array<ArrayBuffer> {
  const floats = new Float32Array(values.length);
  for (let i = 0; i < values.length; i++) floats[i] = Number(values[i] ?? 0n);
  return floats;
}

/** The formats that weights are written in. */
export type FloatDtype = 'F32' | HalfDtype;

/** Numbers in one piece: more where they need no copy. */
const PIECES = { F32: 1 << 28, F16: 1 << 24, BF16: 1 << 24 } as const;

/** The bytes of numbers in a format, rounded to the nearest (ties to even), in pieces. F32 is not copied. */
export function* encodeFloats(dtype: FloatDtype, values: Float32Array): Generator<Uint8Array> {
  const count = PIECES[dtype];
  for (let start = 0; start < values.length; start += count) {
    const piece = values.subarray(start, start + count);
    const { buffer, byteOffset, byteLength } = dtype === 'F32' ? piece : halvesOf(dtype, piece);
    yield new Uint8Array(buffer, byteOffset, byteLength);
  }
}

function halvesOf(dtype: HalfDtype, values: Float32Array): Uint16Array {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halves = new Uint16Array(values.length);
  const encode = dtype === 'F16' ? toHalf : toBrainFloat;
  for (let i = 0; i < halves.length; i++) halves[i] = encode(words[i] ?? 0);
  return halves;
}

/** From the bits of a 32-bit float; what is no number stays none. */
function toBrainFloat(word: number): number {
  if ((word & 0x7fffffff) > 0x7f800000) return (word >>> 16) | 0x40;
  return (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
}

/** From the bits of a 32-bit float; beyond 65,504 infinite. */
function toHalf(word: number): number {
  const sign = (word >>> 16) & 0x8000;
  const rest = word & 0x7fffffff;
  if (rest > 0x7f800000) return sign | 0x7e00;
  if (rest >= 0x477ff000) return sign | 0x7c00;
  if (rest >= 0x38800000) return sign | ((rest - 0x38000000 + 0xfff + ((rest >>> 13) & 1)) >>> 13);
  return sign | subnormalHalf(rest);
}

/** Below 2^-14, counted in 2^-24. */
function subnormalHalf(rest: number): number {
  const shift = 126 - (rest >>> 23);
  if (shift > 24) return 0;
  const fraction = (rest & 0x7fffff) | 0x800000;
  const count = fraction >>> shift;
  const left = fraction & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  return left > half || (left === half && count % 2 === 1) ? count + 1 : count;
}
