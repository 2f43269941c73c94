/** What is said between the trainer and what reads rows beside it. */
import type { Told } from '../../protocol/sentence.ts';
import type { RowBlock } from '../../data/rows/block.ts';
import type { DatasetRule } from '../../data/rows/badDataset.ts';
import type { RowsOptions } from '../../data/rows/rowBlocks.ts';
import type { BadExample } from '../../engine/rows/examine.ts';

/** The bundled programs that read rows, and grade answers, beside the trainer. */
export interface RowsPrograms {
  /** rowsThread.ts */
  readonly thread: URL;
  /** parquetProcess.ts */
  readonly parquet: URL;
  /** templates/main.ts */
  readonly template: URL;
  /** grading/gradingProcess.ts */
  readonly grading: URL;
}

/** To a thread that looks at rows. Answers come in the same order. */
export type ToExaminer = Pick<RowBlock, 'bytes' | 'firstLine' | 'lines'>;

export interface FromExaminer {
  readonly table: Uint32Array<ArrayBuffer>;
  /** UTF-8. */
  readonly texts: Uint8Array<ArrayBuffer>;
  readonly bad: readonly BadExample[];
}

/** Asks the process that decodes Parquet for one more block of the same file. */
export interface ToParquet {
  readonly path: string;
  readonly options: RowsOptions;
}

export type FromParquet =
  | { readonly type: 'block'; readonly block: RowBlock }
  | { readonly type: 'end' }
  | { readonly type: 'refused'; readonly rule: DatasetRule; readonly detail: Told }
  | { readonly type: 'failed'; readonly message: string };
