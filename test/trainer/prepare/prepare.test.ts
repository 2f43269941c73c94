import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { StampedEvent } from '../../../src/protocol/events.ts';
import { apply, newRun, type RunState } from '../../../src/protocol/state.ts';
import { buildPrograms } from '../../support/build.ts';

const folder = mkdtempSync(join(tmpdir(), 'valley-prepare-'));
let cli: string;

beforeAll(async () => {
  ({ cli } = await buildPrograms());
  mkdirSync(join(folder, '.valley'));
  cpSync('test/fixtures/parquet/snappy.parquet', join(folder, 'math.parquet'));
  const rows = Array.from({ length: 40 }, (_, i) =>
    JSON.stringify({
      question: `What is ${i} times 3, plus ${i * i}?`,
      solution: `It is \\boxed{${3 * i + i * i}}`,
      answer: 3 * i + i * i,
    }),
  );
  writeFileSync(join(folder, 'limo.jsonl.gz'), gzipSync([...rows, 'torn {', ...rows.slice(0, 3)].join('\n')));
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Ended {
  readonly code: number;
  readonly run: RunState;
  readonly last: {
    readonly state: string;
    readonly subsets?: readonly { readonly file: string; readonly sha256: string }[];
  };
}

/** `valley prepare CONFIG --json` to its end. */
async function prepare(name: string, config: object): Promise<Ended> {
  const file = join(folder, `${name}.valley.jsonc`);
  writeFileSync(file, JSON.stringify({ recipe: 'prepare', threads: 2, ...config }));
  const args = [cli, 'prepare', file, '--json', '--out', join(folder, '.valley', 'runs', name)];
  const env = { ...process.env, VALLEY_STATE_DIR: join(folder, 'state') };
  const { code, stdout } = await promisify(execFile)(process.execPath, args, { env }).then(
    ({ stdout: out }) => ({ code: 0, stdout: out }),
    (error: { code: number; stdout: string }) => error,
  );
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
  const run = newRun();
  for (const stamped of lines.slice(0, -1) as StampedEvent[]) apply(run, stamped);
  return { code, run, last: lines.at(-1) as Ended['last'] };
}

const CONFIG = {
  sources: [{ path: 'math.parquet' }, { path: 'limo.jsonl.gz' }],
  correctness: { keep: 'verified' },
  duplicates: { near: false },
  sampling: { sizes: [20, 60] },
};

test('from Parquet and JSONL to nested subsets; a second run knows the sources, and writes the same bytes', async () => {
  const [first, second] = [await prepare('first', CONFIG), await prepare('second', CONFIG)];
  const told = first.run.preparation.stages.map(({ stage, rowsIn, leftOut, statistics }) => [
    stage,
    rowsIn,
    statistics.rows,
    ...leftOut.map(({ reason, rows, first: place }) => `${rows} ${reason} ${place.split(': ')[0] ?? ''}`),
  ]);
  expect(told).toEqual([
    ['read', 164, 163, '1 notJson limo.jsonl.gz:41'],
    ['exactDuplicates', 163, 160, '3 exactDuplicate limo.jsonl.gz:42'],
    ['correctness', 160, 100, '60 wrongAnswer math.parquet:1'],
    ['sampling', 100, 60, expect.stringContaining('40 notDrawn')],
  ]);
  expect(first.run.preparation.sources.map(({ format, isCached }) => [format, isCached])).toEqual([
    ['openr1-math', false],
    ['limo', false],
  ]);
  expect(second.run.preparation.sources.map(({ isCached }) => isCached)).toEqual([true, true]);
  expect(second.last.subsets).toEqual(first.last.subsets);
  const lines = readFileSync(join(folder, '.valley/runs/first/data/20.jsonl'), 'utf8').trim().split('\n');
  expect(lines).toHaveLength(20);
  expect(Object.keys(JSON.parse(lines[0] ?? '') as object)).toEqual([
    'prompt',
    'completion',
    'answer',
    'isCorrect',
    'difficulty',
    'level',
  ]);
  expect(first.run.preparation.subsets[1]?.isNested).toBe(true);
});

test('the number of threads changes nothing', async () => {
  const [one, three] = [
    await prepare('one', { ...CONFIG, threads: 1, seed: 3 }),
    await prepare('three', { ...CONFIG, threads: 3, seed: 3 }),
  ];
  expect(three.last.subsets).toEqual(one.last.subsets);
});

test('a bad row ends the run where the config says so', async () => {
  const { code, run } = await prepare('stop', { ...CONFIG, onBadRow: 'stop' });
  expect(code).toBe(2);
  expect(run.error).toMatchObject({ code: 'badDataset' });
  expect(run.error?.message).toContain('limo.jsonl.gz:41: not JSON');
});

test('rows in no known format are told with their columns', async () => {
  writeFileSync(join(folder, 'odd.jsonl'), '{"frage":"a","antwort":"b"}\n');
  const odd = await prepare('odd', { sources: [{ path: 'odd.jsonl' }] });
  expect(odd.run.error).toMatchObject({ code: 'badDataset' });
  expect(odd.run.error?.message).toContain('frage, antwort');
  const named = { path: 'odd.jsonl', columns: { prompt: 'frage', completion: 'antwort' } };
  expect((await prepare('named', { sources: [named] })).run.preparation.subsets[0]?.statistics.rows).toBe(1);
});

test('a data file alone is looked at, and a config for it is proposed', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [cli, 'prepare', join(folder, 'math.parquet')]);
  expect(stdout).toContain('Format openr1-math');
  expect(stdout).toContain('"path": "math.parquet"');
  await expect(promisify(execFile)(process.execPath, [cli, 'prepare', 'missing.parquet'])).rejects.toMatchObject({
    stderr: expect.stringContaining('missing.parquet') as string,
  });
});
