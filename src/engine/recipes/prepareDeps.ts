/** What the recipe `prepare` gets from outside: rows that were read and looked at, their texts, and a place to write subsets to. */
import type { SourceReading } from '../../protocol/preparation.ts';
import type { RefusalKind } from '../chat/chatFinding.ts';
import type { BadExample } from '../rows/examine.ts';
import type { Request } from './deps.ts';

/** Rows that have no example, for one reason; `tooLong` is told by the readers, the refusals by who makes tokens of them. */
export type UnusedRow = Omit<BadExample, 'rule'> & { readonly rule: BadExample['rule'] | 'tooLong' | RefusalKind };

export type Read =
  | { readonly type: 'opened'; readonly source: SourceReading }
  | {
      readonly type: 'rows';
      /** Number of the source, in the order of the config. */
      readonly source: number;
      /** Packed rows of a `RowTable`. */
      readonly table: Uint32Array;
      readonly bad: readonly UnusedRow[];
      /** Bytes of all sources, read so far and in all. */
      readonly done: number;
      readonly total: number;
    };

export interface PrepareDeps {
  readonly now: () => number;
  readonly takeRequests: () => readonly Request[];
  /** Reads all sources in order: the same rows whatever the number of threads. */
  readonly read: () => AsyncGenerator<Read>;
  /** The example of a row that was read, as one line of JSON. */
  readonly textOf: (row: number) => string;
  /** Writes a subset whole and durably. `name` is a file name without its ending. */
  readonly write: (name: string, rows: Uint32Array) => Promise<{ readonly file: string; readonly sha256: string }>;
  /** Names of the benchmarks, in the order of the config. */
  readonly benchmarks: readonly string[];
}
