/** 16-bit floats become 32-bit ones, piece by piece, without loss: at the speed of memory, since weights come by the billion. */
import { float16Module } from './float16Module.ts';

export type HalfDtype = 'F16' | 'BF16';

/** Memory for a piece of 16-bit numbers, and what makes 32-bit floats of them. */
export interface Widening {
  /** To be filled with the numbers of a piece. */
  readonly halves: Uint16Array<ArrayBuffer>;
  /** Writes the first `count` of them as 32-bit floats to the beginning of `floats`. */
  readonly widen: (count: number, floats: Float32Array) => void;
}

/** Pieces of at most `most` numbers. */
export const widening = (dtype: HalfDtype, most: number): Widening =>
  dtype === 'BF16' ? ofBrainFloats(most) : ofFloat16(most);

/** All numbers of a buffer, in pieces that fit the processor's cache. */
export function widened(dtype: HalfDtype, buffer: ArrayBuffer): Float32Array<ArrayBuffer> {
  const all = new Uint16Array(buffer);
  const floats = new Float32Array(all.length);
  const { halves, widen } = widening(dtype, Math.min(all.length, PIECE));
  for (let at = 0; at < all.length; at += PIECE) {
    const piece = all.subarray(at, at + PIECE);
    halves.set(piece);
    widen(piece.length, floats.subarray(at));
  }
  return floats;
}

/** Numbers of a piece that fits the processor's cache in both formats. */
export const PIECE = 1 << 17;

const bytesOf = ({ buffer, byteOffset }: Float32Array, count: number): Uint8Array =>
  new Uint8Array(buffer, byteOffset, 4 * count);

/**
 * A brain float is the upper half of a 32-bit float. V8 makes 32-bit integers of 16-bit ones many at a time, [lo hi] → [lo hi 0 0];
 * two bytes further on these are the floats, [0 0 lo hi].
 */
function ofBrainFloats(most: number): Widening {
  const halves = new Uint16Array(most);
  const words = new Uint32Array(most);
  const bytes = new Uint8Array(words.buffer);
  const widen = (count: number, floats: Float32Array): void => {
    if (count === 0) return;
    words.set(halves.subarray(0, count));
    const target = bytesOf(floats, count);
    target.fill(0, 0, 2);
    target.set(bytes.subarray(0, 4 * count - 2), 2);
  };
  return { halves, widen };
}

function ofFloat16(most: number): Widening {
  const end = 2 * Math.ceil(most / 4) * 4;
  const { memory, widen } = float16Module(3 * end);
  const results = new Uint8Array(memory.buffer, end);
  return {
    halves: new Uint16Array(memory.buffer, 0, most),
    widen: (count, floats) => {
      widen(0, end, 2 * count);
      bytesOf(floats, count).set(results.subarray(0, 4 * count));
    },
  };
}
