/** The format Q8_0 of ggml: blocks of 32 numbers, each a scale in 16 bits and a byte per number; bit for bit as `quantize_row_q8_0_ref` rounds. */
import { encodeFloats } from './dtypes.ts';

/** Numbers in a block, and its bytes. */
export const Q8_BLOCK = 32;
export const Q8_BYTES = 34;
const LARGEST = 127;
/** Blocks in one piece. */
const PIECE = 1 << 15;

/** The bytes of numbers, whole blocks of them, in pieces. */
export function* encodeQ8(values: Float32Array): Generator<Uint8Array> {
  for (let start = 0; start < values.length; start += PIECE * Q8_BLOCK)
    yield blocksOf(values.subarray(start, start + PIECE * Q8_BLOCK));
}

function blocksOf(values: Float32Array): Uint8Array {
  const blocks = values.length / Q8_BLOCK;
  const scales = new Float32Array(blocks);
  const bytes = new Uint8Array(blocks * Q8_BYTES);
  for (let block = 0; block < blocks; block++) {
    const scale = Math.fround(largestOf(values, block * Q8_BLOCK) / LARGEST);
    scales[block] = scale;
    writeRounded(values, block, scale === 0 ? 0 : Math.fround(1 / scale), bytes);
  }
  writeScales(scales, bytes);
  return bytes;
}

function largestOf(values: Float32Array, start: number): number {
  let largest = 0;
  for (let i = start; i < start + Q8_BLOCK; i++) largest = Math.max(largest, Math.abs(values[i] ?? 0));
  return largest;
}

/** Rounded in 32 bits, halves away from zero. */
function writeRounded(values: Float32Array, block: number, factor: number, bytes: Uint8Array): void {
  const at = block * Q8_BYTES + 2;
  for (let i = 0; i < Q8_BLOCK; i++) {
    const scaled = Math.fround((values[block * Q8_BLOCK + i] ?? 0) * factor);
    bytes[at + i] = scaled < 0 ? -Math.floor(0.5 - scaled) : Math.floor(scaled + 0.5);
  }
}

function writeScales(scales: Float32Array, bytes: Uint8Array): void {
  let block = 0;
  for (const piece of encodeFloats('F16', scales))
    for (let i = 0; i < piece.length; i += 2, block++) bytes.set(piece.subarray(i, i + 2), block * Q8_BYTES);
}
