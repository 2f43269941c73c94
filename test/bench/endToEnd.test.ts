/** `npm run bench` as a person runs it, on a model that takes no time: two engines that share no code for the model. */
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readResult } from '../../bench/result.ts';

const PROGRAMS = join('test-results', 'bench-programs');
const BENCH = join(PROGRAMS, 'bench.mjs');
/** Of a row whose engine ran. */
const KEYS = [
  'batch',
  'check',
  'engine',
  'engineKey',
  'firstRoundSeconds',
  'kind',
  'length',
  'parameters',
  'peakMemoryBytes',
  'rounds',
  'shape',
  'shareOfPeak',
  'tokensPerCpuSecond',
  'tokensPerSecond',
  'work',
];
const execute = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'valley-bench-test-'));

beforeAll(async () => {
  await execute(process.execPath, ['esbuild.mjs', '--bench', `--outdir=${PROGRAMS}`]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('two engines reach the same losses; the table, the JSON and the exit code say so', async () => {
  const json = join(folder, 'bench.json');
  const args = [
    '--only',
    'step-trial',
    '--engines',
    'valley,tfjsCpu',
    '--rounds',
    '2',
    '--threads',
    '1',
    '--json',
    json,
  ];
  const { stdout, stderr } = await execute(process.execPath, [BENCH, ...args]);
  const { rows, machine, peakOperationsPerSecond } = readResult(json);
  expect(rows.map(({ engineKey }) => engineKey)).toEqual(['valley', 'tfjsCpu']);
  for (const row of rows) {
    expect(row).toMatchObject({ work: 'step-trial', shape: 'd16 L1 V16 T8 B1', rounds: 2 });
    for (const value of [row.tokensPerSecond, row.tokensPerCpuSecond, row.peakMemoryBytes, row.firstRoundSeconds])
      expect(value).toBeGreaterThan(0);
    expect(Object.keys(row).toSorted()).toEqual(KEYS);
    expect(row.check).toHaveLength(2);
    expect(row).not.toHaveProperty('differs');
  }
  const [ours, tfjs] = rows;
  expect(Math.abs((ours?.check[1] ?? 0) - (tfjs?.check[1] ?? 1))).toBeLessThan(1e-4);
  expect(ours?.check[1]).toBeLessThan(ours?.check[0] ?? 0);
  expect(machine).toMatchObject({ threads: 1, node: process.version });
  expect(peakOperationsPerSecond).toBeGreaterThan(0);
  expect(stdout).toContain('Through the Valley');
  expect(stderr).toMatch(/\[2\/2\] step-trial: round 2 of 2, 2 engines; .* left/);
});

test('an engine that is not there is a row with a reason', async () => {
  const json = join(folder, 'missing.json');
  const args = ['--only', 'step-trial', '--engines', 'torchEager', '--json', json];
  const env = { ...process.env, VALLEY_BENCH_PYTHON: join(folder, 'no-python') };
  const { stdout } = await execute(process.execPath, [BENCH, ...args], { env });
  expect(readResult(json).rows[0]).toMatchObject({ tokensPerSecond: null, notRun: expect.stringMatching(/ENOENT/) });
  expect(stdout).toMatch(/not run: .*ENOENT/);
});

test('Ctrl+C shows what was measured so far', async () => {
  const json = join(folder, 'interrupted.json');
  const args = [
    '--only',
    'step-trial',
    '--engines',
    'valley',
    '--rounds',
    '100000',
    '--seconds',
    '1000',
    '--json',
    json,
  ];
  const child = spawn(process.execPath, [BENCH, ...args]);
  child.stderr.on('data', (chunk) => String(chunk).includes('step-trial: round 20 ') && child.kill('SIGINT'));
  const code = await new Promise((resolve) => child.on('close', resolve));
  expect(code).toBe(130);
  const { rows, isInterrupted } = readResult(json);
  expect(isInterrupted).toBe(true);
  expect(rows[0]?.rounds).toBeGreaterThanOrEqual(19);
});

test('a file shown again says the same; one that is none of ours is refused', async () => {
  const json = join(folder, 'bench.json');
  const { stdout } = await execute(process.execPath, [BENCH, '--from', json, '--markdown']);
  expect(stdout).toMatch(/\| step-trial \| d16 L1 V16 T8 B1 \| Through the Valley/);
  const other = join(folder, 'other.json');
  writeFileSync(other, '{"rows":[{}]}');
  const failed = execute(process.execPath, [BENCH, '--from', other]);
  await expect(failed).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('--json FILE') });
});
