/** The rows of a data file, whatever its kind, as blocks of JSON lines. */
import { BadDataset } from './badDataset.ts';
import { BLOCK_LIMITS, type BlockLimits, type RowBlock } from './block.ts';
import { csvRows } from './csvRows.ts';
import { fileBytes } from './fileBytes.ts';
import { jsonElements } from './jsonElements.ts';
import { jsonLines } from './jsonLines.ts';
import type { ParquetOptions } from './parquet.ts';

export type DataKind = 'jsonl' | 'json' | 'csv' | 'parquet';

export interface RowsOptions {
  /** Names of columns that are needed; all if left out. Only Parquet saves work by it. */
  readonly columns?: readonly string[];
  /** About so many rows are enough. */
  readonly rows?: number;
  readonly limits?: BlockLimits;
}

/** Decodes Parquet: in this thread (`parquetBlocks`) or in one that can be ended. */
export type ParquetReader = (path: string, options: ParquetOptions) => AsyncGenerator<RowBlock>;

/** Told by the end of the name. Throws `BadDataset`. */
export function dataKind(path: string): { readonly kind: DataKind; readonly isGzip: boolean } {
  const [, ending = '', gz] = /\.(jsonl|ndjson|json|csv|parquet)(\.gz)?$/i.exec(path) ?? [];
  const kind = ending.toLowerCase().replace('ndjson', 'jsonl');
  const isGzip = gz !== undefined;
  if (kind === 'jsonl' || kind === 'json' || kind === 'csv' || (kind === 'parquet' && !isGzip)) return { kind, isGzip };
  throw new BadDataset(path, 'kind', 'Its name has another ending.');
}

/** Throws `FileFailure` and `BadDataset`; single bad rows are told in the blocks. */
export function rowBlocks(path: string, parquet: ParquetReader, options: RowsOptions = {}): AsyncGenerator<RowBlock> {
  const { kind, isGzip } = dataKind(path);
  const { limits = BLOCK_LIMITS } = options;
  switch (kind) {
    case 'jsonl':
      return jsonLines(fileBytes(path, isGzip), limits);
    case 'json':
      return jsonElements(fileBytes(path, isGzip), limits);
    case 'csv':
      return csvRows(fileBytes(path, isGzip), limits);
    case 'parquet':
      return parquet(path, options);
    default:
      return kind satisfies never;
  }
}
