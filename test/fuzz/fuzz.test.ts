import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildPrograms } from '../support/build.ts';
import { kept, seedsOf } from './corpus.ts';
import { lineProblem } from './lines.ts';
import { mutant } from './mutate.ts';
import { ParquetFuzzer } from './parquet.ts';

const SEED = 1;
const folder = mkdtempSync(join(tmpdir(), 'valley-fuzz-'));
let fuzzer: ParquetFuzzer;

beforeAll(async () => {
  fuzzer = new ParquetFuzzer((await buildPrograms()).parquetProcess, folder);
});
afterAll(() => {
  fuzzer.close();
  rmSync(folder, { recursive: true, force: true });
});

test('what once did not hold does now', async () => {
  for (const { name, bytes } of kept('jsonl')) expect(await lineProblem(bytes), name).toBeNull();
  for (const { name, bytes } of kept('parquet')) expect(await fuzzer.problem(bytes), name).toBeNull();
});

test('500 damaged JSONL files: every row is read or told', async () => {
  const seeds = seedsOf('jsonl');
  for (let number = 0; number < 500; number++)
    expect(
      await lineProblem(mutant(seeds[number % seeds.length] ?? Buffer.alloc(0), SEED, number)),
      `${number}`,
    ).toBeNull();
});

test('200 damaged Parquet files: each is read or refused by a rule', async () => {
  const seeds = seedsOf('parquet');
  for (let number = 0; number < 200; number++)
    expect(
      await fuzzer.problem(mutant(seeds[number % seeds.length] ?? Buffer.alloc(0), SEED, number)),
      `${number}`,
    ).toBeNull();
  const { read, refused, ended } = fuzzer.tally;
  expect(read).toBeGreaterThan(20);
  expect(Object.values(refused).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(60);
  expect(ended).toBeLessThan(20);
});
