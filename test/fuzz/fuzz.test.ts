import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildPrograms } from '../support/build.ts';
import { kept, seedsOf } from './corpus.ts';
import { damagedFolder, FolderFuzzer } from './folders.ts';
import { lineProblem } from './lines.ts';
import { mutant } from './mutate.ts';
import { ParquetFuzzer } from './parquet.ts';
import { damagedTemplate, TemplateFuzzer } from './templates.ts';
import { damagedTokenizer, TokenizerFuzzer } from './tokenizers.ts';

const SEED = 1;
const folder = mkdtempSync(join(tmpdir(), 'valley-fuzz-'));
let fuzzer: ParquetFuzzer;
let templates: TemplateFuzzer;
const folders = new FolderFuzzer(folder);
const tokenizers = new TokenizerFuzzer(folder);

beforeAll(async () => {
  const programs = await buildPrograms();
  fuzzer = new ParquetFuzzer(programs.parquetProcess, folder);
  templates = new TemplateFuzzer(programs.template);
});
afterAll(() => {
  fuzzer.close();
  rmSync(folder, { recursive: true, force: true });
});

test('what once did not hold does now', async () => {
  for (const { name, bytes } of kept('jsonl')) expect(await lineProblem(bytes), name).toBeNull();
  for (const { name, bytes } of kept('parquet')) expect(await fuzzer.problem(bytes), name).toBeNull();
  for (const { name, bytes } of kept('tokenizer')) expect(tokenizers.problem(bytes), name).toBeNull();
  for (const { name, bytes } of kept('folder')) expect(folders.problem(bytes), name).toBeNull();
  for (const { name, bytes } of kept('template')) expect(await templates.problem(bytes), name).toBeNull();
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

test('200 damaged tokenizers: each is read without forging a token, or refused by a rule', () => {
  const seeds = seedsOf('tokenizer');
  for (let number = 0; number < 200; number++)
    expect(
      tokenizers.problem(damagedTokenizer(seeds[number % seeds.length] ?? Buffer.alloc(0), SEED, number)),
      `${number}`,
    ).toBeNull();
  const { read, refused } = tokenizers.tally;
  expect(read).toBeGreaterThan(10);
  expect(Object.values(refused).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(60);
});

test('600 damaged model folders: each is read whole, or refused by a rule', () => {
  const seeds = seedsOf('folder');
  for (let number = 0; number < 600; number++)
    expect(
      folders.problem(damagedFolder(seeds[number % seeds.length] ?? Buffer.alloc(0), SEED, number)),
      `${number}`,
    ).toBeNull();
  const { read, refused } = folders.tally;
  expect(read).toBeGreaterThan(30);
  expect(Object.keys(refused).length).toBeGreaterThan(12);
});

test('30 damaged chat templates: each renders, raises or is ended by a rule', async () => {
  const seeds = seedsOf('template');
  for (let number = 0; number < 30; number++)
    expect(
      await templates.problem(damagedTemplate(seeds[number % seeds.length] ?? Buffer.alloc(0), SEED, number)),
      `${number}`,
    ).toBeNull();
  const { rendered, raised, refused } = templates.tally;
  expect(rendered).toBeGreaterThan(2);
  expect(raised + Object.values(refused).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(5);
});
