import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parquetBlocks } from '../../../src/data/rows/parquet.ts';
import type { Benchmark } from '../../../src/engine/benchmarks/benchmark.ts';
import { benchmarks } from '../../../src/engine/benchmarks/index.ts';
import { readBenchmark, type ReadBenchmark } from '../../../src/trainer/benchmarks/readBenchmark.ts';

const FIXTURES = 'test/fixtures/benchmarks';
const named = (name: string): Benchmark => benchmarks.find((benchmark) => benchmark.name === name)!;
const read = (path: string, name: string): Promise<ReadBenchmark> =>
  readBenchmark(path, named(name), { seed: 1, parquet: parquetBlocks });

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'benchmarks-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each(['math-500', 'aime-2024', 'amc-2023'])('%s: Parquet and JSONL give the same problems', async (name) => {
  const lines = await read(`${FIXTURES}/${name}.jsonl`, name);
  expect(await read(`${FIXTURES}/${name}.parquet`, name)).toEqual(lines);
  expect([lines.problems.length, lines.bad.size]).toEqual([2, 0]);
});

test('gpqa-diamond: the CSV of its publisher gives the same problems, quotes and line breaks and all', async () => {
  const lines = await read(`${FIXTURES}/gpqa-diamond.jsonl`, 'gpqa-diamond');
  expect(await read(`${FIXTURES}/gpqa-diamond.csv`, 'gpqa-diamond')).toEqual(lines);
  expect(lines.problems[1]!.problem).toContain('Which unit is "one joule",\nper second?');
});

test('rows of other years are told apart from bad ones', async () => {
  const file = join(folder, 'aime.jsonl');
  const rows = ['{"problem":"What is 1+1?","answer":"2","year":"2024"}', '{"problem":"","answer":"2"}', 'no JSON'];
  writeFileSync(file, [...rows, '{"problem":"What is 2+2?","answer":"4","year":"2023"}', '[1]'].join('\n'));
  const { problems, others, bad } = await read(file, 'aime-2024');
  expect([problems.length, others]).toEqual([1, 1]);
  expect(Object.fromEntries(bad)).toEqual({ '"problem" is empty': 1, 'not JSON': 1, 'not an object': 1 });
});

test('why nothing can be read is told in words that can be translated', async () => {
  const file = join(folder, 'nonsense.jsonl');
  writeFileSync(file, 'oops\n[1]\n');
  const message = `${file} has no problem of MATH-500 that can be read (not JSON; not an object).`;
  await expect(read(file, 'math-500')).rejects.toMatchObject({
    message,
    said: { args: [file, 'MATH-500', { args: [{ text: 'not JSON' }, { text: 'not an object' }] }] },
  });
});

test('another file is refused, and so is a problem that comes twice', async () => {
  await expect(read(`${FIXTURES}/gsm8k.jsonl`, 'gpqa-diamond')).rejects.toThrow(
    /has no problem of GPQA Diamond that can be read \("Incorrect Answer 1" is missing\)/,
  );
  const file = join(folder, 'twice.json');
  const row = { problem: 'What is 1+1?', answer: '2', unique_id: 'a' };
  writeFileSync(file, JSON.stringify([row, row]));
  await expect(read(file, 'math-500')).rejects.toThrow('two problems with the id "a"');
});
