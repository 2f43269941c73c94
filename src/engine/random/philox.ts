/** Philox4x32-10 (Salmon et al., SC 2011): a bijection of a 128-bit counter under a 64-bit key, good enough to be the only source of chance. */

const ROUNDS = 10;
const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;

/** Replaces the four words of `block` (the counter) by four random words. */
export function philox(block: Uint32Array, key0: number, key1: number): void {
  let [a = 0, b = 0, c = 0, d = 0] = block;
  let k0 = key0;
  let k1 = key1;
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = multiplyHigh(MULTIPLIER_0, a);
    const low0 = Math.imul(MULTIPLIER_0, a);
    const high1 = multiplyHigh(MULTIPLIER_1, c);
    const low1 = Math.imul(MULTIPLIER_1, c);
    a = (high1 ^ b ^ k0) >>> 0;
    b = low1 >>> 0;
    c = (high0 ^ d ^ k1) >>> 0;
    d = low0 >>> 0;
    k0 = (k0 + WEYL_0) >>> 0;
    k1 = (k1 + WEYL_1) >>> 0;
  }
  block[0] = a;
  block[1] = b;
  block[2] = c;
  block[3] = d;
}

/** The upper 32 bits of the product of two unsigned 32-bit numbers. */
function multiplyHigh(x: number, y: number): number {
  const xLow = x & 0xffff;
  const xHigh = x >>> 16;
  const yLow = y & 0xffff;
  const yHigh = y >>> 16;
  const crossA = xLow * yHigh;
  const crossB = xHigh * yLow;
  const middle = ((xLow * yLow) >>> 16) + (crossA & 0xffff) + (crossB & 0xffff);
  return (xHigh * yHigh + (crossA >>> 16) + (crossB >>> 16) + (middle >>> 16)) >>> 0;
}
