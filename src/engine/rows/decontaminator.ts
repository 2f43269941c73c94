/** Finds what a row has in common with the problems of a benchmark: the whole problem, or a run of words (8-grams by custom). */
import { RollingHash } from './rollingHash.ts';
import { WordBuffer, wordsOf } from './words.ts';

/** A benchmark that no training row may show. */
export interface BenchmarkTexts {
  readonly name: string;
  readonly problems: readonly string[];
}

export type Contamination = { readonly benchmark: number; readonly kind: 'exact' | 'ngram' };

export class Decontaminator {
  readonly #rolling: RollingHash;
  /** n-grams and whole problems as texts, each with the number of its benchmark: a hash alone is no proof. */
  readonly #grams = new Map<string, number>();
  readonly #whole = new Map<string, number>();
  /** Word counts of whole problems: prompts of other lengths need no closer look. */
  readonly #lengths = new Set<number>();
  /** Hashes of the n-grams, and a bit for the low part of each. */
  readonly #hashes = new Set<number>();
  readonly #filter: Uint32Array;
  readonly #filterMask: number;
  readonly #buffer = new WordBuffer();

  /** @param length n: words of an n-gram. Problems of fewer words are found only where they are the whole prompt. */
  constructor(benchmarks: readonly BenchmarkTexts[], length: number) {
    this.#rolling = new RollingHash(length);
    benchmarks.forEach(({ problems }, number) => problems.forEach((problem) => this.#learn(problem, number)));
    const bits = Math.max(10, Math.ceil(Math.log2((this.#grams.size + 1) * 32)));
    this.#filter = new Uint32Array(2 ** (bits - 5));
    this.#filterMask = 2 ** bits - 1;
    for (const gram of this.#grams.keys()) {
      this.#buffer.read(gram);
      this.#mark(this.#rolling.start(this.#buffer.hashes, 0));
    }
  }

  get isEmpty(): boolean {
    return this.#whole.size === 0;
  }

  /**
   * @param prompt what is compared as a whole; it has `promptWords` words
   * @param text what is searched for n-grams; `words[0 .. count)` are the hashes of its words
   */
  find(prompt: string, promptWords: number, text: string, words: Uint32Array, count: number): Contamination | null {
    const whole = this.#lengths.has(promptWords) ? this.#whole.get(wordsOf(prompt).join(' ')) : undefined;
    if (whole !== undefined) return { benchmark: whole, kind: 'exact' };
    const gram = this.#findGram(text, words, count);
    return gram === null ? null : { benchmark: gram, kind: 'ngram' };
  }

  #learn(problem: string, benchmark: number): void {
    const words = wordsOf(problem);
    const whole = words.join(' ');
    this.#lengths.add(words.length);
    if (words.length > 0 && !this.#whole.has(whole)) this.#whole.set(whole, benchmark);
    for (let at = 0; at + this.#rolling.length <= words.length; at++) {
      const gram = words.slice(at, at + this.#rolling.length).join(' ');
      if (!this.#grams.has(gram)) this.#grams.set(gram, benchmark);
    }
  }

  #findGram(text: string, words: Uint32Array, count: number): number | null {
    const rolling = this.#rolling;
    let written: string[] | null = null;
    for (let at = 0; at + rolling.length <= count; at++) {
      const hash = at === 0 ? rolling.start(words, 0) : rolling.next(words, at - 1);
      if (!this.#isMarked(hash)) continue;
      written ??= wordsOf(text);
      const found = this.#grams.get(written.slice(at, at + rolling.length).join(' '));
      if (found !== undefined) return found;
    }
    return null;
  }

  #mark(hash: number): void {
    const bit = hash & this.#filterMask;
    this.#filter[bit >>> 5] = (this.#filter[bit >>> 5] ?? 0) | (1 << (bit & 31));
    this.#hashes.add(hash);
  }

  #isMarked(hash: number): boolean {
    const bit = hash & this.#filterMask;
    return ((this.#filter[bit >>> 5] ?? 0) & (1 << (bit & 31))) !== 0 && this.#hashes.has(hash);
  }
}
