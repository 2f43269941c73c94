/** What is known of each encoded example beside its tokens, in 32 bytes: lengths, place, which problem it belongs to. */
import { type ChatFinding, type NoteKind, NOTE_KINDS } from '../chat/chatFinding.ts';
import type { ChatExample } from '../chat/chatEncoder.ts';
import type { Example } from '../formats/format.ts';
import { problemText, promptText } from './exampleText.ts';
import { textHash } from './textHash.ts';

/** Places of the fields, in 32-bit words. */
const FIELD = {
  tokens: 0,
  promptLength: 1,
  /** Tokens that are learned. */
  learned: 2,
  line: 3,
  /** Hash of what tells its problem apart, 64 bits. */
  problem: 4,
  /** Bytes of the row's text behind its tokens. */
  textBytes: 6,
  /** A bit for each kind of note. */
  notes: 7,
} as const;
export const EXAMPLE_WORDS = 8;
const TOKEN_BYTES = 4;

/** What is kept of the row itself: what was asked, to be shown, and the right answer. */
export interface RowText {
  readonly prompt: string;
  readonly answer: string | null;
  /** How hard the problem is: its level, else its difficulty. */
  readonly level: string | null;
}

/** Longer prompts are cut where they are shown. */
const LONGEST_PROMPT = 4000;

/** An example as it is kept: its facts, and its tokens (learned ones as `~id`) with its text behind them. */
export interface PackedExample {
  readonly facts: Uint32Array<ArrayBuffer>;
  readonly tokens: Int32Array<ArrayBuffer>;
  readonly text: string;
}

/** `bytesOf` counts the bytes of a text as UTF-8. */
export function packExample(
  row: Example,
  { tokens, lossMask, promptLength, findings }: ChatExample,
  line: number,
  bytesOf: (text: string) => number,
): PackedExample {
  const asked = promptText(row);
  const { answer, difficulty } = row;
  const level = row.level ?? (difficulty === null ? null : String(difficulty));
  const text = JSON.stringify({ prompt: asked.slice(0, LONGEST_PROMPT), answer, level } satisfies RowText);
  const facts = new Uint32Array(EXAMPLE_WORDS);
  facts[FIELD.tokens] = tokens.length;
  facts[FIELD.promptLength] = promptLength;
  facts[FIELD.learned] = lossMask.reduce<number>((sum, learned) => sum + learned, 0);
  facts[FIELD.line] = line;
  facts.set(textHash(problemText(row)), FIELD.problem);
  facts[FIELD.textBytes] = bytesOf(text);
  facts[FIELD.notes] = notesOf(findings);
  return { facts, tokens: Int32Array.from(tokens, (id, place) => (lossMask[place] ? ~id : id)), text };
}

const notesOf = (findings: readonly ChatFinding[]): number =>
  findings.reduce((bits, { kind }) => {
    const place = NOTE_KINDS.findIndex((known) => known === kind);
    return place < 0 ? bits : bits | (1 << place);
  }, 0);

/** Examples in the order they were read, counted from 0. */
export class ExampleTable {
  count = 0;
  #words = new Uint32Array(1024 * EXAMPLE_WORDS);
  /** Where the record of each example begins, and at last where the last one ends. */
  #starts = new Float64Array(1025);

  /** Adds examples as they are kept. */
  append(facts: Uint32Array): void {
    const added = facts.length / EXAMPLE_WORDS;
    this.#makeRoom(added);
    this.#words.set(facts, this.count * EXAMPLE_WORDS);
    for (let i = 0; i < added; i++, this.count++)
      this.#starts[this.count + 1] = (this.#starts[this.count] ?? 0) + this.#recordBytes(this.count);
  }

  tokens = (example: number): number => this.#word(example, FIELD.tokens);
  promptLength = (example: number): number => this.#word(example, FIELD.promptLength);
  learned = (example: number): number => this.#word(example, FIELD.learned);
  line = (example: number): number => this.#word(example, FIELD.line);
  /** Equal for examples of the same problem: 53 of 64 bits. */
  problemKey = (example: number): number =>
    this.#word(example, FIELD.problem) * 2 ** 21 + (this.#word(example, FIELD.problem + 1) >>> 11);

  notes(example: number): readonly NoteKind[] {
    const bits = this.#word(example, FIELD.notes);
    return NOTE_KINDS.filter((_, place) => bits & (1 << place));
  }

  /** Where the record of an example lies: its tokens, then its text. */
  record(example: number): { readonly start: number; readonly tokenBytes: number; readonly textBytes: number } {
    return {
      start: this.#starts[example] ?? 0,
      tokenBytes: this.tokens(example) * TOKEN_BYTES,
      textBytes: this.#word(example, FIELD.textBytes),
    };
  }

  #recordBytes(example: number): number {
    const { tokenBytes, textBytes } = this.record(example);
    return tokenBytes + textBytes;
  }

  #word(example: number, field: number): number {
    return this.#words[example * EXAMPLE_WORDS + field] ?? 0;
  }

  #makeRoom(examples: number): void {
    const needed = this.count + examples;
    if (needed * EXAMPLE_WORDS <= this.#words.length) return;
    const capacity = Math.max(needed, Math.ceil(this.count * 1.5));
    const [words, starts] = [new Uint32Array(capacity * EXAMPLE_WORDS), new Float64Array(capacity + 1)];
    words.set(this.#words);
    starts.set(this.#starts);
    [this.#words, this.#starts] = [words, starts];
  }
}
