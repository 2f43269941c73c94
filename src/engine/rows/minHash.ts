/** MinHash (Broder, 1997) with banding for LSH (Indyk and Motwani, 1998): 108 hashes in 18 bands of 6. */
import { randomSource } from '../random/randomSource.ts';

export const BANDS = 18;
const ROWS = 6;
export const HASHES = BANDS * ROWS;

/**
 * Two sets of similarity s agree on at least one band with probability 1 - (1 - s^6)^18: 0.996 at 0.8, 0.25 at 0.5.
 * What agrees by chance is told apart by comparing the sets themselves.
 */
export class MinHash {
  // Signed, so that the loop stays with machine integers.
  readonly #masks = new Int32Array(HASHES);
  readonly #factors = new Int32Array(HASHES);
  readonly #lowest = new Int32Array(HASHES);

  constructor() {
    const chance = randomSource(0, 'minHash');
    for (let i = 0; i < HASHES; i++) {
      this.#masks[i] = chance.integer(2 * i, 2 ** 32);
      this.#factors[i] = chance.integer(2 * i + 1, 2 ** 32) | 1;
    }
  }

  /**
   * Writes 18 band hashes to `words[at ..]` and behind them the low byte of each of the 108 hashes (27 words).
   * An empty set gets none: its place keeps zeros.
   */
  write(shingles: Uint32Array, count: number, words: Uint32Array, at: number): void {
    if (count === 0) return;
    const signed = new Int32Array(shingles.buffer, shingles.byteOffset, count);
    for (let i = 0; i < HASHES; i += 4) this.#fourLowest(i, signed, count);
    this.#pack(words, at);
  }

  /** Four hashes in one pass: each shingle is loaded once for all of them. */
  #fourLowest(i: number, shingles: Int32Array, count: number): void {
    const [masks, factors] = [this.#masks, this.#factors];
    const [maskA = 0, maskB = 0, maskC = 0, maskD = 0] = [masks[i], masks[i + 1], masks[i + 2], masks[i + 3]];
    const [factorA = 0, factorB = 0, factorC = 0, factorD = 0] = [
      factors[i],
      factors[i + 1],
      factors[i + 2],
      factors[i + 3],
    ];
    let [a, b, c, d] = [0x7fffffff, 0x7fffffff, 0x7fffffff, 0x7fffffff];
    for (let at = 0; at < count; at++) {
      const shingle = shingles[at] ?? 0;
      a = Math.min(a, Math.imul(shingle ^ maskA, factorA));
      b = Math.min(b, Math.imul(shingle ^ maskB, factorB));
      c = Math.min(c, Math.imul(shingle ^ maskC, factorC));
      d = Math.min(d, Math.imul(shingle ^ maskD, factorD));
    }
    this.#lowest[i] = a;
    this.#lowest[i + 1] = b;
    this.#lowest[i + 2] = c;
    this.#lowest[i + 3] = d;
  }

  #pack(words: Uint32Array, at: number): void {
    const lowest = this.#lowest;
    for (let band = 0; band < BANDS; band++) {
      let hash = band + 1;
      for (let row = 0; row < ROWS; row++)
        hash = Math.imul(hash ^ (lowest[band * ROWS + row] ?? 0), 0x9e3779b1) ^ (hash >>> 15);
      words[at + band] = hash;
    }
    for (let i = 0; i < HASHES; i += 4)
      words[at + BANDS + i / 4] =
        sketchByte(lowest[i]) |
        (sketchByte(lowest[i + 1]) << 8) |
        (sketchByte(lowest[i + 2]) << 16) |
        (sketchByte(lowest[i + 3]) << 24);
  }
}

/** One byte that tells different hashes apart 255 times in 256. */
const sketchByte = (hash = 0): number => (Math.imul(hash, 0x9e3779b1) >>> 24) & 255;

/** Share of equal bytes among the 108 that `write` has written behind the bands at `a` and at `b`: the similarity of the sets, but for 0.04 (one standard deviation) at 0.8. */
export function sketchSimilarity(words: Uint32Array, a: number, b: number): number {
  let equal = 0;
  for (let i = 0; i < HASHES / 4; i++) {
    const difference = (words[a + BANDS + i] ?? 0) ^ (words[b + BANDS + i] ?? 0);
    if ((difference & 0xff) === 0) equal++;
    if ((difference & 0xff00) === 0) equal++;
    if ((difference & 0xff0000) === 0) equal++;
    if ((difference & 0xff000000) === 0) equal++;
  }
  return equal / HASHES;
}
