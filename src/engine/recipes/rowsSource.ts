/** Rows of a file as the model learns them: read once, then by number; who gives them keeps them wherever it likes. */
import type { SourceReading } from '../../protocol/preparation.ts';
import type { ExampleTable, RowText } from '../rows/exampleTable.ts';
import type { UnusedRow } from './prepareDeps.ts';

export type RowsRead =
  | { readonly type: 'opened'; readonly source: SourceReading }
  | {
      readonly type: 'rows';
      readonly bad: readonly UnusedRow[];
      /** How many were added to the table. */
      readonly examples: number;
      /** Bytes of the file, read so far and in all. */
      readonly done: number;
      readonly total: number;
    };

export interface EncodedExample {
  /** Token ids; those that are learned as `~id`, which is negative. */
  readonly tokens: Int32Array;
}

export interface RowsSource {
  /** Fills the table. Throws `badDataset`, also where a row is bad and the config wants none. */
  read(): AsyncGenerator<RowsRead>;
  /** All examples that were read. */
  readonly table: ExampleTable;
  exampleAt(example: number): EncodedExample;
  textAt(example: number): RowText;
}
