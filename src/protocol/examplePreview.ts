/** Training examples as the model reads them: plain data that command line and editor paint. */
import type { Sentence } from './sentence.ts';

export interface ExamplePreview {
  readonly v: 1;
  /** Name of the task, or the data file as the config writes it. */
  readonly source: string;
  /** Rows there are; null where a file does not tell. */
  readonly rows: number | null;
  /** In the order of their rows; empty behind the last one. */
  readonly examples: readonly PreviewedExample[];
}

export interface PreviewedExample {
  /** From 1. */
  readonly row: number;
  /** E.g. `train.jsonl:17`. */
  readonly place: string;
  /** Which completion of a preference it is; left out where there is only one. */
  readonly part?: 'chosen' | 'rejected';
  /** The beginning of its text, on one line. */
  readonly title: string;
  /** Tokens in all; learned; beyond the limit. */
  readonly tokens: number;
  readonly learned: number;
  readonly cut: number;
  /** Whether it is left out, and then why: nothing of it is trained on. */
  readonly leftOut: Sentence | null;
  /** What template and tokenizer did to it. */
  readonly findings: readonly Sentence[];
  /** Empty where only titles were asked for. */
  readonly pieces: readonly TokenPiece[];
}

/** A token, or several that are one character only together; what is done with them is told of the last. */
export interface TokenPiece {
  readonly ids: readonly number[];
  /** Place of the first of them in the example, from 0. */
  readonly at: number;
  /** As the tokenizer decodes it; a special token by its name. */
  readonly text: string;
  readonly isSpecial: boolean;
  readonly state: TokenState;
}

/** `cut`: beyond the limit. The first token of an example is read only: nothing comes before it that could predict it. */
export type TokenState = 'learned' | 'read' | 'cut';
