/** Reads one source to its end: from the cache what is there, from the file what is not, looked at by several threads. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { FilePort } from '../../data/files.ts';
import type { RowBlock } from '../../data/rows/block.ts';
import { rowBlocks, type ParquetReader } from '../../data/rows/rowBlocks.ts';
import { EXAMINE_VERSION, type ExamineSpec } from '../../engine/rows/examineSpec.ts';
import type { UnusedRow } from '../../engine/recipes/prepareDeps.ts';
import { ExaminePool, type ExaminedBlock } from './examinePool.ts';
import { RowsCache, type CachedRows } from './rowsCache.ts';
import { requireUnchanged, type HashedFile } from './sources.ts';

export interface SourceOptions extends HashedFile {
  /** Bytes of the file. */
  readonly size: number;
  readonly spec: ExamineSpec;
  readonly files: FilePort;
  /** Where caches of sources lie; made by the caller. */
  readonly cacheFolder: string;
  readonly threads: number;
  /** The bundled rowsThread.ts. */
  readonly script: URL;
  readonly parquet: ParquetReader;
}

/** The cache of a source is named after all that it depends on. */
export function openCache({ files, cacheFolder, sha256, path, spec }: SourceOptions): RowsCache {
  const ending = path.slice(path.lastIndexOf('.'));
  const key = createHash('sha256')
    .update(JSON.stringify([EXAMINE_VERSION, sha256, ending, spec]))
    .digest('hex');
  return RowsCache.open(files, join(cacheFolder, key.slice(0, 32)));
}

/** The rows that are not in the cache yet; they are in it when this ends. Stopping early keeps what is there. Throws 'badDataset' where the file changes meanwhile. */
export async function* readRest(cache: RowsCache, options: SourceOptions): AsyncGenerator<CachedRows> {
  if (cache.isWhole) return;
  const { path, parquet, spec, script, threads, size } = options;
  const pool = new ExaminePool(script, spec, threads);
  const counter = { bytes: 0 };
  try {
    const blocks = rowBlocks(path, parquet, { columns: Object.values(spec.mapping) });
    for await (const examined of pool.examine(rest(blocks, cache.blocks, counter))) {
      const rows = cachedRows(examined, Math.min(size, counter.bytes));
      cache.add(rows, examined.texts);
      yield rows;
    }
    await requireUnchanged(options, cache);
    cache.commit(true);
  } finally {
    await pool.close();
  }
}

/** Blocks are cut the same way every time, so those that are known need only be counted. */
async function* rest(
  blocks: AsyncIterable<RowBlock>,
  known: number,
  counter: { bytes: number },
): AsyncGenerator<RowBlock> {
  let number = 0;
  for await (const block of blocks) {
    counter.bytes += block.bytes.length;
    if (number++ >= known) yield block;
  }
}

function cachedRows({ table, bad, block }: ExaminedBlock, done: number): CachedRows {
  const all: UnusedRow[] = [...(block.bad as readonly UnusedRow[]), ...bad];
  return { table, bad: all, done };
}
