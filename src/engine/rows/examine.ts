/** Looks at one block of rows: parses them, turns them into examples and writes down all that later steps ask of each. */
import type { Example } from '../formats/format.ts';
import type { UnreadableRow } from '../formats/format.ts';
import type { Reading } from '../formats/guess.ts';
import type { CountTokens } from '../tokenizer/countTokens.ts';
import type { Verifier } from '../verifiers/verifier.ts';
import type { Decontaminator } from './decontaminator.ts';
import { problemText, promptText } from './exampleText.ts';
import { LanguageGuesser } from './language.ts';
import { MinHash } from './minHash.ts';
import { examplesIn, type UnreadRow } from './readRow.ts';
import { RowTable, type RowVerdict } from './rowTable.ts';
import { Shingles } from './shingles.ts';
import { joined, textHash } from './textHash.ts';
import { WordBuffer } from './words.ts';

/** Which part of an example is meant. */
export type ExamplePart = 'example' | 'prompt' | 'completion';

export interface ExamineOptions {
  readonly reading: Reading;
  /** Tokens of a text, in the model's own; null counts words and signs. */
  readonly countTokens: CountTokens | null;
  /** The first that can tell decides. */
  readonly verifiers: readonly Verifier[];
  readonly decontaminator: Decontaminator;
  /** Which part is searched for n-grams of benchmarks. */
  readonly decontaminate: ExamplePart;
  /** Which part is compared to find near-duplicates. */
  readonly deduplicate: ExamplePart;
  /** Words of a shingle. */
  readonly shingleWords: number;
}

export interface Examined {
  /** Packed rows of a `RowTable`. */
  readonly table: Uint32Array<ArrayBuffer>;
  /** The examples as JSON, a line each, in the order of the table. */
  readonly texts: string;
  readonly bad: readonly BadExample[];
}

/** Rows of one block that have no example, for one reason. */
export interface BadExample {
  readonly rows: number;
  /** The first of them. */
  readonly line: number;
  readonly rule: 'notUtf8' | 'notJson' | 'tooDeep' | 'notAnObject' | UnreadableRow['rule'];
  readonly detail: string;
}

/** Examines blocks; one per thread. */
export class Examiner {
  readonly #options: ExamineOptions;
  readonly #words = new WordBuffer();
  readonly #minHash = new MinHash();
  readonly #shingles: Shingles;
  readonly #repeats: Shingles;
  readonly #languages = new LanguageGuesser();
  #bad = new Map<BadExample['rule'], BadExample>();
  #table = new RowTable();
  #lines: string[] = [];

  constructor(options: ExamineOptions) {
    this.#options = options;
    this.#shingles = new Shingles(options.shingleWords);
    this.#repeats = new Shingles(options.shingleWords);
  }

  /** `lines` are null where the file has no UTF-8; `lineAt` gives the number in the file of the line at a place. */
  examine(lines: readonly (string | null)[], lineAt: (place: number) => number): Examined {
    this.#bad.clear();
    this.#table = new RowTable();
    this.#lines = [];
    lines.forEach((text, place) => this.#examineLine(text, lineAt(place)));
    return { table: this.#table.packed(), texts: this.#lines.join(''), bad: [...this.#bad.values()] };
  }

  #examineLine(text: string | null, line: number): void {
    const read = examplesIn(text, this.#options.reading);
    if ('bad' in read) this.#refuse(line, read.bad);
    else for (const example of read.examples) this.#add(example, line);
  }

  #refuse(line: number, bad: UnreadRow): void {
    const known = this.#bad.get(bad.rule);
    this.#bad.set(bad.rule, known ? { ...known, rows: known.rows + 1 } : { line, rows: 1, ...bad });
  }

  #add(example: Example, line: number): void {
    const prompt = promptText(example);
    const { completion } = example;
    const problem = textHash(problemText(example));
    const text = `${JSON.stringify(example)}\n`;
    const words = this.#words;
    const from = words.read(prompt);
    const to = words.add(completion);
    this.#repeats.read(words.hashes, from, to);
    const at = this.#table.add({
      example: joined(problem, textHash(completion)),
      problem,
      tokens: this.#tokens(prompt, completion, to),
      bytes: byteLength(text),
      line,
      repetition: this.#repeats.total === 0 ? 0 : 1 - this.#repeats.count / this.#repeats.total,
      difficulty: example.difficulty ?? Number.NaN,
      language: this.#languages.guess(completion, words.hashes, from, to),
      verdict: this.#verdict(example),
      contamination: this.#contamination(prompt, completion, from),
    });
    this.#writeMinHash(at, from, to);
    this.#lines.push(text);
  }

  #tokens(prompt: string, completion: string, words: number): number {
    const { countTokens } = this.#options;
    return countTokens === null ? words : countTokens(prompt) + countTokens(completion);
  }

  #writeMinHash(at: number, from: number, to: number): void {
    const { deduplicate } = this.#options;
    const isSame = deduplicate === 'completion';
    const shingles = isSame ? this.#repeats : this.#shingles;
    if (!isSame) shingles.read(this.#words.hashes, 0, deduplicate === 'prompt' ? from : to);
    this.#minHash.write(shingles.distinct, shingles.count, this.#table.words, at);
  }

  #contamination(prompt: string, completion: string, from: number): ReturnType<Decontaminator['find']> {
    const { decontaminator, decontaminate } = this.#options;
    if (decontaminator.isEmpty) return null;
    const { hashes, count } = this.#words;
    if (decontaminate === 'prompt') return decontaminator.find(prompt, from, prompt, hashes, from);
    if (decontaminate === 'completion')
      return decontaminator.find(prompt, from, completion, hashes.subarray(from, count), count - from);
    return decontaminator.find(prompt, from, `${prompt}\n${completion}`, hashes, count);
  }

  #verdict(example: Example): RowVerdict {
    for (const verifier of this.#options.verifiers) {
      const verdict = verifier.verify(example);
      if (verdict !== null) return verdict ? 'correct' : 'wrong';
    }
    return 'unknown';
  }
}

/** Bytes of a text as UTF-8; a lone surrogate counts as U+FFFD. */
function byteLength(text: string): number {
  let bytes = text.length;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 0x80) continue;
    if (code < 0x800) bytes++;
    else {
      bytes += 2;
      const next = code >= 0xd800 && code < 0xdc00 ? text.charCodeAt(at + 1) : 0;
      if (next >= 0xdc00 && next < 0xe000) at++;
    }
  }
  return bytes;
}
