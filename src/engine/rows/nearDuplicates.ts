/** Finds rows that are nearly the same as an earlier one: LSH proposes, the sets themselves decide. */
import { BANDS, sketchSimilarity } from './minHash.ts';
import { MIN_HASH_AT, ROW_WORDS, type RowTable } from './rowTable.ts';
import { jaccard } from './shingles.ts';

export interface NearDuplicatesOptions {
  readonly table: RowTable;
  /** Least similarity (Jaccard, of sets of shingles) of two rows that count as the same. */
  readonly threshold: number;
  /** The shingles of a row, ascending, read from its text again. */
  readonly shinglesOf: (row: number) => Uint32Array;
}

/** How far below the threshold a sketch may lie (four standard deviations) until the sets are not compared any more. */
const SKETCH_DOUBT = 0.16;
const NONE = -1;

/** Rows that were kept, to be asked one by one in a fixed order whether a new one is like one of them. */
export class NearDuplicates {
  readonly #options: NearDuplicatesOptions;
  /** The first row of each chain, by band and the low bits of its hash. */
  readonly #heads: Int32Array;
  readonly #mask: number;
  /** The next row of a chain, by place of the kept row and band. */
  #next: Int32Array;
  readonly #kept: number[] = [];
  /** The row that asked last for each kept row, so that no pair is compared twice. */
  #asked: Int32Array;
  readonly #recent = new Map<number, Uint32Array>();

  /** @param rows how many rows will be asked about, at most */
  constructor(options: NearDuplicatesOptions, rows: number) {
    this.#options = options;
    const slots = 2 ** Math.ceil(Math.log2(Math.max(16, rows)));
    this.#mask = slots - 1;
    this.#heads = new Int32Array(slots * BANDS).fill(NONE);
    this.#next = new Int32Array(rows * BANDS);
    this.#asked = new Int32Array(rows).fill(NONE);
  }

  /** The kept row that `row` repeats; null if there is none, and then `row` is kept. */
  find(row: number): number | null {
    const at = row * ROW_WORDS + MIN_HASH_AT;
    const { words } = this.#options.table;
    if (words[at] === 0 && words[at + 1] === 0) return null;
    for (let band = 0; band < BANDS; band++) {
      const found = this.#findInBand(row, at, band);
      if (found !== null) return found;
    }
    this.#keep(row, at);
    return null;
  }

  #findInBand(row: number, at: number, band: number): number | null {
    const { words } = this.#options.table;
    const hash = words[at + band] ?? 0;
    for (
      let place = this.#heads[this.#slot(band, hash)] ?? NONE;
      place !== NONE;
      place = this.#next[place * BANDS + band] ?? NONE
    ) {
      const kept = this.#kept[place] ?? 0;
      const there = kept * ROW_WORDS + MIN_HASH_AT;
      if (words[there + band] !== hash || this.#asked[place] === row) continue;
      this.#asked[place] = row;
      if (this.#isSame(row, at, kept, there)) return kept;
    }
    return null;
  }

  #isSame(row: number, at: number, kept: number, there: number): boolean {
    const { table, threshold } = this.#options;
    if (sketchSimilarity(table.words, at, there) < threshold - SKETCH_DOUBT) return false;
    return jaccard(this.#shingles(row), this.#shingles(kept)) >= threshold;
  }

  /** The rows that were compared last are likely compared again. */
  #shingles(row: number): Uint32Array {
    const known = this.#recent.get(row);
    if (known) return known;
    const shingles = this.#options.shinglesOf(row);
    this.#recent.set(row, shingles);
    if (this.#recent.size > 64) this.#recent.delete(this.#recent.keys().next().value ?? row);
    return shingles;
  }

  #keep(row: number, at: number): void {
    const place = this.#kept.push(row) - 1;
    for (let band = 0; band < BANDS; band++) {
      const slot = this.#slot(band, this.#options.table.words[at + band] ?? 0);
      this.#next[place * BANDS + band] = this.#heads[slot] ?? NONE;
      this.#heads[slot] = place;
    }
  }

  #slot(band: number, hash: number): number {
    return band * (this.#mask + 1) + (hash & this.#mask);
  }
}
