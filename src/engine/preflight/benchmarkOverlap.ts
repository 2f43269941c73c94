/** Training examples that show a problem of a benchmark, as decontamination by `prepare` would find them. */
import type { Affected } from '../../protocol/preflight.ts';
import type { Example } from '../formats/format.ts';
import { type BenchmarkTexts, Decontaminator } from '../rows/decontaminator.ts';
import { promptText } from '../rows/exampleText.ts';
import { WordBuffer } from '../rows/words.ts';

/** Words in a row that a prompt has in common with a problem. */
const NGRAM = 8;

/** For the examples that are looked at: `add` them all, then ask for the `result`. */
export class BenchmarkOverlap {
  readonly #finder: Decontaminator;
  readonly #words = new WordBuffer();
  readonly #found: { readonly name: string; count: number; first: string }[];

  constructor(benchmarks: readonly BenchmarkTexts[]) {
    this.#finder = new Decontaminator(benchmarks, NGRAM);
    this.#found = benchmarks.map(({ name }) => ({ name, count: 0, first: '' }));
  }

  add(example: Pick<Example, 'prompt' | 'completion'>, place: string): void {
    if (this.#finder.isEmpty) return;
    const prompt = promptText(example);
    const text = prompt === '' ? example.completion : prompt;
    const count = this.#words.read(text);
    const found = this.#finder.find(text, count, text, this.#words.hashes, count);
    const benchmark = found && this.#found[found.benchmark];
    if (!benchmark) return;
    if (benchmark.count++ === 0) benchmark.first = place;
  }

  /** In the order of the benchmarks. */
  result(): readonly (Affected & { readonly name: string })[] {
    return this.#found;
  }
}
