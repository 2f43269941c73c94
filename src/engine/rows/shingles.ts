/** The set of word n-grams of a text (its shingles), as hashes: what near-duplicates have in common. */
import { RollingHash } from './rollingHash.ts';

/** No shingle has this hash. */
const FREE = 0;

/** Finds the distinct n-grams of rows of word hashes; one per thread is enough. */
export class Shingles {
  readonly #rolling: RollingHash;
  /** Distinct n-grams of the last text, in no useful order. */
  distinct = new Uint32Array(1024);
  count = 0;
  /** n-grams in all, repeated ones too. */
  total = 0;
  #table = new Uint32Array(4096);

  /** @param length n: words of a shingle, at least 1 */
  constructor(length: number) {
    this.#rolling = new RollingHash(length);
  }

  /** Takes in `words[from .. to)`; fewer words than n are one shingle, none are none. */
  read(words: Uint32Array, from: number, to: number): void {
    const size = to - from;
    const rolling = size < this.#rolling.length ? new RollingHash(size) : this.#rolling;
    this.total = size === 0 ? 0 : size - rolling.length + 1;
    this.#makeRoom(this.total);
    this.count = 0;
    const table = this.#table;
    const mask = table.length - 1;
    for (let at = 0; at < this.total; at++) {
      const hash = at === 0 ? rolling.start(words, from) : rolling.next(words, from + at - 1);
      let slot = hash & mask;
      while (table[slot] !== FREE && table[slot] !== hash) slot = (slot + 1) & mask;
      if (table[slot] === hash) continue;
      table[slot] = hash;
      this.distinct[this.count++] = hash;
    }
  }

  /** The shingles in ascending order, as a copy that stays. */
  sorted(): Uint32Array {
    return this.distinct.slice(0, this.count).sort();
  }

  #makeRoom(total: number): void {
    if (this.distinct.length < total) this.distinct = new Uint32Array(total * 2);
    let size = 1024;
    while (size < total * 2) size *= 2;
    if (this.#table.length < size) this.#table = new Uint32Array(size);
    else this.#table.fill(FREE);
  }
}

/** Share of shingles that two sets (ascending) have in common: the exact Jaccard similarity. Two empty sets are not alike. */
export function jaccard(a: Uint32Array, b: Uint32Array): number {
  let [i, j, common] = [0, 0, 0];
  while (i < a.length && j < b.length) {
    const [left, right] = [a[i] ?? 0, b[j] ?? 0];
    if (left === right) common++;
    if (left <= right) i++;
    if (right <= left) j++;
  }
  const union = a.length + b.length - common;
  return union === 0 ? 0 : common / union;
}
