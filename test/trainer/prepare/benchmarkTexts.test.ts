import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { BENCHMARK_NAMES } from '../../../src/config/benchmarkSchema.ts';
import { benchmarks } from '../../../src/config/prepareSchema.ts';
import { parquetBlocks } from '../../../src/data/rows/parquet.ts';
import { BenchmarkRow } from '../../../src/engine/benchmarks/benchmark.ts';
import { benchmarks as published } from '../../../src/engine/benchmarks/index.ts';
import { benchmarkTexts } from '../../../src/trainer/prepare/sources.ts';

const FOLDER = resolve('test/fixtures/benchmarks');

async function textsOf(entry: object) {
  const [checked] = benchmarks.parse([entry]);
  if (!checked) throw new Error('The entry is gone.');
  return benchmarkTexts(checked, join(FOLDER, 'a.valley.jsonc'), parquetBlocks);
}

test.each(BENCHMARK_NAMES.map((name) => [name]))('%s is kept apart by its name, whatever its columns', async (name) => {
  const rows = readFileSync(join(FOLDER, `${name}.jsonl`), 'utf8')
    .trim()
    .split('\n');
  const benchmark = published.find((one) => one.name === name);
  const problems = rows.flatMap((line, place) => {
    const row = new BenchmarkRow(JSON.parse(line) as Record<string, unknown>);
    return benchmark?.parse(row, { place, seed: 0 })?.problem ?? [];
  });
  expect(problems).toHaveLength(2);
  expect(await textsOf({ name, path: `${name}.jsonl` })).toEqual({ name, problems });
});

test('a file by another name is read by its usual columns, or those that the config names', async () => {
  const usual = await textsOf({ path: 'gsm8k.jsonl' });
  expect(usual).toMatchObject({ name: 'gsm8k.jsonl', problems: { length: 2 } });
  const named = await textsOf({ name: 'gsm8k', path: 'gsm8k.jsonl', columns: { problem: 'answer' } });
  expect(named.problems).toHaveLength(2);
  expect(named.problems).not.toEqual(usual.problems);
});
