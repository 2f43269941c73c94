/** A process beside the trainer that decodes Parquet, which might not be harmless: a file at a time, block by block, as it is asked. */
import { BadDataset } from '../../data/rows/badDataset.ts';
import { parquetBlocks } from '../../data/rows/parquet.ts';
import type { RowBlock } from '../../data/rows/block.ts';
import type { FromParquet, ToParquet } from './rowsMessages.ts';

let blocks: AsyncGenerator<RowBlock> | null = null;
let open = '';
process.on('message', ({ path, options }: ToParquet) => {
  if (blocks === null || path !== open) blocks = parquetBlocks(path, options);
  open = path;
  blocks.next().then(
    ({ done, value }) => answer(done === true ? { type: 'end' } : { type: 'block', block: value }),
    (error: unknown) => answer(refusalOf(error)),
  );
});
// Whoever asked is gone.
process.on('disconnect', () => process.exit(0));

const answer = (message: FromParquet): unknown => process.send?.(message);

function refusalOf(error: unknown): FromParquet {
  if (error instanceof BadDataset) return { type: 'refused', rule: error.rule, detail: error.detail };
  return { type: 'failed', message: error instanceof Error ? error.message : String(error) };
}
