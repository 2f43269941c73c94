/** The contract of what a training learns from, wherever it comes from: pre-flight samples it, the preview shows it row by row. */
import type { Example } from '../../engine/formats/format.ts';
import type { PreflightRow, TallyOptions } from '../../engine/preflight/exampleTally.ts';
import type { ChatFinding } from '../../engine/chat/chatFinding.ts';
import type { Tokenizer } from '../../engine/tokenizer/tokenizer.ts';
import type { PreflightFinding, PreflightSource } from '../../protocol/preflight.ts';

/** A row as tokens, with the texts it was made from; null for one that could not be read. */
export type TrainingRow = PreflightRow & {
  readonly row: number;
  readonly text: (Pick<Example, 'prompt' | 'completion'> & Partial<Pick<Example, 'answer'>>) | null;
};

export interface SampleWish {
  /** Every row. */
  readonly isAll: boolean;
  readonly onProgress: (done: number, total: number) => void;
}

export interface TrainingRows {
  readonly kind: 'task' | 'rows';
  /** Name of the task, or the data file as the config writes it. */
  readonly name: string;
  readonly tokenizer: Tokenizer;
  readonly limits: TallyOptions;
  readonly onBadRow: 'skip' | 'stop';
  /** Keys of the config that govern the data and the lengths. */
  readonly paths: Readonly<Record<'data' | 'limit', PreflightFinding['path']>>;
  /** Whether a prompt is held out where a share of the problems is; null where what is measured on comes from elsewhere. */
  readonly isHeldOut: ((prompt: string, share: number) => boolean) | null;
  /** What the template does to any row. */
  probe(): Promise<readonly ChatFinding[]>;
  /** Some rows that stand for all, in order. Resolves with how many there are when they have been given. */
  sample(wish: SampleWish, take: (row: TrainingRow) => void): Promise<Omit<PreflightSource, 'name'>>;
  /** Rows from a place on (from 1), in order; `rows` where the number is known. */
  read(from: number, count: number): Promise<{ readonly rows: number | null; readonly found: readonly TrainingRow[] }>;
  close(): void;
}
