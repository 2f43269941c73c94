import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BENCHMARK_NAMES, benchmarkList, PAPER_SAMPLING } from '../../../src/config/benchmarkSchema.ts';
import { parquetBlocks } from '../../../src/data/rows/parquet.ts';
import type { OpenBenchmark } from '../../../src/engine/benchmarks/benchmarkSource.ts';
import { benchmarks } from '../../../src/engine/benchmarks/index.ts';
import { BENCHMARKS_VARIABLE } from '../../../src/protocol/benchmarkPaths.ts';
import { benchmarkPaths } from '../../../src/trainer/benchmarks/benchmarkPaths.ts';
import { openBenchmark } from '../../../src/trainer/benchmarks/openBenchmark.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'open-'));
  const rows = Array.from({ length: 50 }, (_, i) => JSON.stringify({ q: `What is ${i} + 1?`, a: i + 1, key: `p${i}` }));
  writeFileSync(join(folder, 'own.jsonl'), rows.join('\n'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function opened(entry: unknown, seed = 1): Promise<OpenBenchmark> {
  const [checked] = benchmarkList.parse([entry]);
  return openBenchmark(checked!, { seed, configPath: join(folder, 'a.valley.jsonc'), parquet: parquetBlocks });
}
const fixture = (name: string): string => resolve('test/fixtures/benchmarks', `${name}.jsonl`);

test('every name of the schema is a benchmark, with k as in the paper', () => {
  expect(benchmarks.map(({ name }) => name)).toEqual([...BENCHMARK_NAMES]);
  const k = Object.fromEntries(benchmarks.map(({ name, samplesPerProblem }) => [name, samplesPerProblem]));
  expect(k).toMatchObject({ 'math-500': 4, 'aime-2024': 8, 'amc-2023': 8 });
  expect(PAPER_SAMPLING).toEqual({ temperature: 0.6, topP: 0.95, topK: 0, maxNewTokens: 16_384 });
});

test.each(BENCHMARK_NAMES.map((name) => [name]))('%s opens by name and path', async (name) => {
  const { problems, bad } = await opened({ name, path: fixture(name) });
  expect([problems.length, bad.size]).toEqual([2, 0]);
  expect(problems[0]?.prompt).toBe(
    `${problems[0]?.problem}\n\n${benchmarks.find((one) => one.name === name)?.instruction}`,
  );
});

test('a part of the problems is drawn by seed, in its own order', async () => {
  const own = { name: 'mine', path: 'own.jsonl', columns: { problem: 'q', answer: 'a', id: 'key' }, problems: 20 };
  const [one, again, other] = [await opened(own), await opened(own), await opened(own, 2)];
  const ids = ({ problems }: OpenBenchmark): string[] => problems.map(({ id }) => id);
  expect(ids(one)).toHaveLength(20);
  expect(ids(again)).toEqual(ids(one));
  expect(ids(other)).not.toEqual(ids(one));
  const places = ids(one).map((id) => Number(id.slice(1)));
  expect(places).toEqual([...places].sort((a, b) => a - b));
});

test('instruction and k of the entry come first', async () => {
  const entry = { name: 'gsm8k', path: fixture('gsm8k'), instruction: '', samplesPerProblem: 3 };
  const { samplesPerProblem, problems } = await opened(entry);
  expect([samplesPerProblem, problems[1]?.prompt]).toEqual([3, problems[1]?.problem]);
});

test('the file of a published benchmark may be told by the settings; one that nobody tells, or is not there, is named', async () => {
  const known = benchmarkPaths({ [BENCHMARKS_VARIABLE]: JSON.stringify({ gsm8k: fixture('gsm8k') }) });
  const [entry] = benchmarkList.parse([{ name: 'gsm8k' }]);
  const options = { seed: 1, configPath: join(folder, 'a.valley.jsonc'), parquet: parquetBlocks };
  expect((await openBenchmark(entry!, { ...options, paths: known })).problems).toHaveLength(2);
  await expect(openBenchmark(entry!, options)).rejects.toMatchObject({
    code: 'badConfig',
    message: 'Nobody names the file of the benchmark gsm8k.',
  });
  await expect(openBenchmark(entry!, { ...options, paths: { gsm8k: 'no.jsonl' } })).rejects.toMatchObject({
    code: 'badDataset',
    message: expect.stringContaining('no.jsonl, the file of the benchmark gsm8k, is not there') as string,
  });
  expect(benchmarkPaths({})).toEqual({});
  for (const wrong of ['math-500', '["a"]', '{"gsm8k": 3}'])
    expect(() => benchmarkPaths({ [BENCHMARKS_VARIABLE]: wrong })).toThrow('not a JSON object of paths');
});

test('the built-in task needs no file', async () => {
  const { name, problems, samplesPerProblem } = await opened({
    task: { name: 'arithmetic', level: 'paper' },
    problems: 5,
  });
  expect([name, problems.length, samplesPerProblem]).toEqual(['arithmetic/paper', 5, 4]);
});

test('a name that is none of the published ones needs columns', () => {
  expect(benchmarkList.safeParse([{ name: 'mine', path: 'own.jsonl' }]).success).toBe(false);
});
