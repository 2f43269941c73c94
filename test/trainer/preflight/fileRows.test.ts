import { expect, test } from 'vitest';
import { rowsData } from '../../../src/config/rowsSchema.ts';
import type { ParquetReader } from '../../../src/data/rows/rowBlocks.ts';
import { fileRows } from '../../../src/trainer/preflight/fileRows.ts';
import { tokenizerOf } from '../../support/tokenizers.ts';

/** Ten rows, every second of which cannot be read; it stops behind those that are wished for, as Parquet does. */
const parquet: ParquetReader = async function* (_, { rows = 10 }) {
  const count = Math.min(10, rows);
  const lines = Array.from({ length: Math.ceil(count / 2) }, (_row, at) => ({ prompt: `${at}?`, completion: 'yes' }));
  await Promise.resolve();
  yield {
    bytes: new TextEncoder().encode(lines.map((line) => `${JSON.stringify(line)}\n`).join('')),
    firstLine: 1,
    lines: null,
    bad: [{ rows: Math.floor(count / 2), line: 2, rule: 'tooDeep', detail: '' }],
  };
};

test('how many rows there are is told only where the end of the file was seen', async () => {
  const rows = await fileRows({
    data: rowsData.parse({ path: 'rows.parquet' }),
    isPaired: false,
    path: '/rows.parquet',
    text: { tokenizer: tokenizerOf('qwen3'), template: null },
    parquet,
    seed: 1,
    heldOutSeed: 1,
    maxPositions: 100,
    close: () => undefined,
  });
  const found = async (from: number) => (await rows.read(from, 1)).rows;
  expect(await found(1)).toBeNull();
  expect(await found(4)).toBeNull();
  expect(await found(11)).toBe(5);
});
