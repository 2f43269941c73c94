/** Hashes of all runs of n words, each from the one before in two steps (Karp and Rabin, 1987), modulo 2^32. */

const BASE = 0x5bd1e995;

export class RollingHash {
  readonly length: number;
  /** BASE to the power of n: what the word that leaves has grown to. */
  readonly #leaving: number;
  #hash = 0;

  constructor(length: number) {
    this.length = length;
    let power = 1;
    for (let i = 0; i < length; i++) power = Math.imul(power, BASE);
    this.#leaving = power;
  }

  /** The hash of the first n words from `at` on. */
  start(words: Uint32Array, at: number): number {
    this.#hash = 0;
    for (let i = at; i < at + this.length; i++) this.#hash = (Math.imul(this.#hash, BASE) + (words[i] ?? 0)) | 0;
    return finish(this.#hash);
  }

  /** The hash of the run that begins one word later: `words[at]` leaves. */
  next(words: Uint32Array, at: number): number {
    const entered = (Math.imul(this.#hash, BASE) + (words[at + this.length] ?? 0)) | 0;
    this.#hash = (entered - Math.imul(words[at] ?? 0, this.#leaving)) | 0;
    return finish(this.#hash);
  }
}

/** Never 0. */
function finish(hash: number): number {
  const mix = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (mix ^ (mix >>> 13)) >>> 0 || 1;
}
