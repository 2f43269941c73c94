/** The contract of a benchmark that lies in a file: how a row of its publisher becomes a problem. */
import { kindOf, UnreadableRow } from '../formats/format.ts';

/** Who judges the answers, by the name of a grader. */
export type BenchmarkGrader = 'math' | 'choice' | 'exact';

export interface BenchmarkProblem {
  /** Unique within the benchmark, and the same whatever the order of the rows where the publisher names them. */
  readonly id: string;
  /** What is asked, without an instruction on how to answer. */
  readonly problem: string;
  /** The right answer. */
  readonly gold: string;
  readonly grader: BenchmarkGrader;
  readonly level: string | null;
  readonly subject: string | null;
}

export interface Benchmark {
  readonly name: string;
  /** As people write it. */
  readonly title: string;
  /** Problems of the whole set as it was published. */
  readonly size: number;
  /** Completions per problem (k): the paper's where it measures the benchmark, else as many as its size suggests. */
  readonly samplesPerProblem: number;
  /** Told after the problem: how the answer is to be written so that the grader finds it. */
  readonly instruction: string;
  /**
   * The problem of a row, or null for one that belongs to another set in the same file (another year, another language).
   * `place` counts rows from 0; `seed` shuffles choices. Throws `UnreadableRow`, which names the column.
   */
  parse(row: BenchmarkRow, at: { readonly place: number; readonly seed: number }): BenchmarkProblem | null;
}

/** The paper's way to ask for a math answer (open-r1, Qwen2.5-Math). */
export const BOXED = 'Please reason step by step, and put your final answer within \\boxed{}.';
export const BOXED_LETTER =
  'Please reason step by step, and put the letter of the right choice within \\boxed{}, for example \\boxed{A}.';

/** A row, read by the names that its publishers give a column. */
export class BenchmarkRow {
  readonly #row: Readonly<Record<string, unknown>>;

  constructor(row: Readonly<Record<string, unknown>>) {
    this.#row = row;
  }

  /** A text that is not blank, or a number as text (27.0 is "27"), from the first of these columns that is there. */
  text(...names: readonly [string, ...string[]]): string {
    const text = this.optional(...names);
    if (text !== null) return text;
    const [name] = names;
    const there = names.find((known) => Object.hasOwn(this.#row, known));
    if (there === undefined) throw new UnreadableRow('missingColumn', `"${name}" is missing`);
    const value = this.#row[there];
    if (typeof value === 'string') throw new UnreadableRow('empty', `"${there}" is empty`);
    throw new UnreadableRow('wrongType', `"${there}" is ${kindOf(value)}, not text`);
  }

  /** Null where no such column holds a text that is not blank or a number. */
  optional(...names: readonly string[]): string | null {
    for (const name of names) {
      const value = Object.hasOwn(this.#row, name) ? this.#row[name] : null;
      if (typeof value === 'number' && Number.isFinite(value)) return String(value);
      if (typeof value === 'string' && value.trim() !== '') return value.trim();
    }
    return null;
  }

  /** The texts of a list, or of a single text; numbers as text. Throws where there is none. */
  texts(name: string): readonly string[] {
    const value = Object.hasOwn(this.#row, name) ? this.#row[name] : null;
    if (!Array.isArray(value)) return [this.text(name)];
    const texts = value.map((_, i) => new BenchmarkRow({ [name]: value[i] as unknown }).text(name));
    if (texts.length === 0) throw new UnreadableRow('empty', `"${name}" is an empty list`);
    return texts;
  }
}
