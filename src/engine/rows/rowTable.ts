/** What is known of each example beside its text, in 220 bytes: a million of them fit into memory, their texts would not. */
import { BANDS, HASHES } from './minHash.ts';

/** Places of the fields, in 32-bit words. */
const FIELD = {
  /** Hash of the whole example, 64 bits. */
  example: 0,
  /** Hash of what tells its problem apart, 64 bits. */
  problem: 2,
  tokens: 4,
  /** Bytes of the example in the cache. */
  bytes: 5,
  line: 6,
  /** 32-bit floats. */
  repetition: 7,
  difficulty: 8,
  /** A byte each: language, verdict, kind of contamination, benchmark. */
  marks: 9,
  minHash: 10,
} as const;

export const ROW_WORDS = FIELD.minHash + BANDS + HASHES / 4;
/** Where the 18 band hashes and the sketch of a row begin. */
export const MIN_HASH_AT = FIELD.minHash;

export type RowVerdict = 'unknown' | 'correct' | 'wrong';
const VERDICTS: readonly RowVerdict[] = ['unknown', 'correct', 'wrong'];
const CONTAMINATIONS = ['none', 'exact', 'ngram'] as const;

/** One example as it is written into the table. */
export interface RowFacts {
  readonly example: readonly [number, number];
  readonly problem: readonly [number, number];
  readonly tokens: number;
  readonly bytes: number;
  readonly line: number;
  /** Share of the completion's shingles that stood in it before. */
  readonly repetition: number;
  /** NaN where the data tell none. */
  readonly difficulty: number;
  /** Index into `LANGUAGES`. */
  readonly language: number;
  readonly verdict: RowVerdict;
  readonly contamination: { readonly benchmark: number; readonly kind: 'exact' | 'ngram' } | null;
}

/** The bytes of each of these packed rows in the cache. */
export const rowBytes = (table: Uint32Array): number[] =>
  Array.from({ length: table.length / ROW_WORDS }, (_, row) => table[row * ROW_WORDS + FIELD.bytes] ?? 0);

/** Rows in the order they were read. Row numbers count from 0. */
export class RowTable {
  words: Uint32Array<ArrayBuffer>;
  #floats: Float32Array;
  count = 0;

  constructor(capacity = 1024) {
    this.words = new Uint32Array(capacity * ROW_WORDS);
    this.#floats = new Float32Array(this.words.buffer);
  }

  /** Adds a row; its MinHash is to be written at the place that is returned. */
  add(facts: RowFacts): number {
    this.#makeRoom(1);
    const at = this.count++ * ROW_WORDS;
    this.words.set([...facts.example, ...facts.problem, facts.tokens, facts.bytes, facts.line], at);
    this.#floats[at + FIELD.repetition] = facts.repetition;
    this.#floats[at + FIELD.difficulty] = facts.difficulty;
    const { contamination } = facts;
    this.words[at + FIELD.marks] =
      facts.language |
      (VERDICTS.indexOf(facts.verdict) << 8) |
      (CONTAMINATIONS.indexOf(contamination?.kind ?? 'none') << 16) |
      (((contamination?.benchmark ?? 0) & 255) << 24);
    return at + FIELD.minHash;
  }

  /** Adds rows as another table holds them. */
  append(words: Uint32Array): void {
    this.#makeRoom(words.length / ROW_WORDS);
    this.words.set(words, this.count * ROW_WORDS);
    this.count += words.length / ROW_WORDS;
  }

  /** The rows so far, as `append` takes them. */
  packed(): Uint32Array<ArrayBuffer> {
    return this.words.slice(0, this.count * ROW_WORDS);
  }

  /** A number that is equal for equal examples: 53 of 64 bits. */
  exampleKey = (row: number): number => this.#key(row * ROW_WORDS + FIELD.example);
  problemKey = (row: number): number => this.#key(row * ROW_WORDS + FIELD.problem);
  tokens = (row: number): number => this.#word(row, FIELD.tokens);
  bytes = (row: number): number => this.#word(row, FIELD.bytes);
  line = (row: number): number => this.#word(row, FIELD.line);
  repetition = (row: number): number => this.#floats[row * ROW_WORDS + FIELD.repetition] ?? 0;
  difficulty = (row: number): number => this.#floats[row * ROW_WORDS + FIELD.difficulty] ?? Number.NaN;
  language = (row: number): number => this.#word(row, FIELD.marks) & 255;
  verdict = (row: number): RowVerdict => VERDICTS[(this.#word(row, FIELD.marks) >>> 8) & 255] ?? 'unknown';
  benchmark = (row: number): number => this.#word(row, FIELD.marks) >>> 24;

  contamination(row: number): (typeof CONTAMINATIONS)[number] {
    return CONTAMINATIONS[(this.#word(row, FIELD.marks) >>> 16) & 255] ?? 'none';
  }

  #word(row: number, field: number): number {
    return this.words[row * ROW_WORDS + field] ?? 0;
  }

  #key(at: number): number {
    return (this.words[at] ?? 0) * 2 ** 21 + ((this.words[at + 1] ?? 0) >>> 11);
  }

  #makeRoom(rows: number): void {
    const needed = (this.count + rows) * ROW_WORDS;
    if (needed <= this.words.length) return;
    const larger = new Uint32Array(Math.max(needed, Math.ceil(this.words.length * 1.5)));
    larger.set(this.words.subarray(0, this.count * ROW_WORDS));
    this.words = larger;
    this.#floats = new Float32Array(larger.buffer);
  }
}
