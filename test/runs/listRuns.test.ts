import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { encodeEventLine } from '../../src/protocol/eventLine.ts';
import type { RunEvent, RunStarted } from '../../src/protocol/events.ts';
import { listRuns, summarize } from '../../src/runs/listRuns.ts';
import { runFolderName, slugOf } from '../../src/runs/runName.ts';
import { newRunFolder, runsFolderOf, runsRootOf } from '../../src/runs/runsRoot.ts';

let root: string;
beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'list-'))));
afterEach(() => rmSync(root, { recursive: true, force: true }));

const started: RunStarted = {
  type: 'run.started',
  recipe: 'sft',
  name: 'a run',
  task: 'arithmetic',
  parameters: 5,
  executor: {
    executor: 'onnx',
    version: '1',
    provider: 'cpu',
    adapter: 'a',
    precision: 'f32',
    threads: 1,
    reason: 'r',
  },
  runtime: { version: 'node 20', foundBy: 'path' },
  totalSteps: 5000,
  evaluationSteps: [],
};
const steps = (count: number): RunEvent[] =>
  Array.from({ length: count }, (_, index) => ({ type: 'step.finished', step: index + 1, metrics: { loss: 1 } }));

function makeRun(name: string, events: readonly RunEvent[], files: Record<string, unknown> = {}): string {
  const folder = join(root, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, '.valley-run'), `${name}\n`);
  const lines = events.map((event, seq) =>
    encodeEventLine({ v: 1, runId: name, attempt: 1, seq, time: 1000 + seq, event }),
  );
  writeFileSync(join(folder, 'events.jsonl'), lines.join(''));
  for (const [file, content] of Object.entries(files)) writeFileSync(join(folder, file), JSON.stringify(content));
  return folder;
}

const lease = (startedAt: number, instanceId = 'i') => ({
  v: 1,
  runId: 'x',
  instanceId,
  attempt: 1,
  pid: 999_999_999,
  processStart: '1',
  bootId: null,
  host: hostname(),
  socketPath: '',
  startedAt,
  recipe: 'sft',
  name: 'from the lease',
  configPath: '/c.valley.jsonc',
});
const exit = { v: 1, instanceId: 'i', attempt: 1, outcome: 'finished', exitCode: 0, lastWords: '', time: 2 };

describe('a summary', () => {
  test('of a long run tells its beginning and its end without reading between', async () => {
    const score = { name: 'accuracy', value: 0.97, n: 400, k: 1, interval: null, unit: 'share' } as const;
    const folder = makeRun(
      'long',
      [
        started,
        ...steps(5000),
        { type: 'evaluation.finished', step: 5000, benchmark: 'b', scores: [score] },
        { type: 'run.finished', reason: 'completed' },
      ],
      { 'run.json': lease(1000), 'exit.json': exit },
    );
    expect(await summarize(folder)).toMatchObject({
      runId: 'long',
      name: 'from the lease',
      recipe: 'sft',
      configPath: '/c.valley.jsonc',
      step: 5000,
      totalSteps: 5000,
      status: 'finished',
      health: { kind: 'ended' },
      headline: { value: 0.97 },
      error: null,
    });
  });

  test('of a killed run says lost, with the step it had reached', async () => {
    const folder = makeRun('killed', [started, ...steps(7)], { 'run.json': lease(1000) });
    expect(await summarize(folder)).toMatchObject({ status: 'lost', step: 7, health: { kind: 'lost' } });
  });

  test('of a failed run carries the reason', async () => {
    const error = { code: 'diskFull', message: 'no space' } as const;
    const folder = makeRun('failed', [started, { type: 'run.failed', error }], {
      'run.json': lease(1000),
      'exit.json': { ...exit, outcome: 'failed', error },
    });
    expect(await summarize(folder)).toMatchObject({ status: 'failed', error });
  });

  test('of a folder that is not ours is none', async () => {
    mkdirSync(join(root, 'foreign'));
    writeFileSync(join(root, 'foreign', 'events.jsonl'), 'x');
    expect(await summarize(join(root, 'foreign'))).toBeNull();
  });
});

test('a list holds all runs, newest first, and survives damaged ones, foreign ones and none at all', async () => {
  for (let index = 0; index < 40; index++) {
    makeRun(`run-${index}`, [], { 'run.json': lease(1000 + index, `i${index}`) });
  }
  makeRun('damaged', [], { 'run.json': 'text' });
  writeFileSync(join(root, 'damaged', 'events.jsonl'), Buffer.alloc(100));
  mkdirSync(join(root, 'foreign'));
  writeFileSync(join(root, 'a-file'), '');
  const runs = await listRuns(root);
  expect(runs.map(({ folder }) => basename(folder))).toEqual([
    ...Array.from({ length: 40 }, (_, index) => `run-${39 - index}`),
    'damaged',
  ]);
  expect(await listRuns(join(root, 'missing'))).toEqual([]);
});

describe('names', () => {
  test.each([
    ['My Run!', 'my-run'],
    ['Ünïcode & $(rm -rf /)', 'u-ni-code-rm-rf'],
    ['골짜기', 'run'],
    ['../../etc', 'etc'],
    ['', 'run'],
    ['-'.repeat(100), 'run'],
    [`${'a'.repeat(39)} b`, 'a'.repeat(39)],
  ])('the slug of %j is %j', (name, slug) => expect(slugOf(name)).toBe(slug));

  test('a folder name starts with the local time', () => {
    expect(runFolderName('My Run', new Date(2026, 0, 2, 3, 4, 5))).toBe('20260102-030405-my-run');
  });

  test('a new run folder never exists already, and asking for it makes nothing', () => {
    const at = new Date(2026, 0, 2, 3, 4, 5);
    const first = newRunFolder(root, 'a', at);
    expect(first).toBe(join(runsFolderOf(root), '20260102-030405-a'));
    expect(existsSync(runsFolderOf(root))).toBe(false);
    mkdirSync(first, { recursive: true });
    expect(newRunFolder(root, 'a', at)).toBe(`${first}-2`);
  });

  test('the root is the nearest folder that looks like a workspace, else the folder of the config', () => {
    mkdirSync(join(root, 'w', '.git'), { recursive: true });
    mkdirSync(join(root, 'w', 'a', 'b'), { recursive: true });
    expect(runsRootOf(join(root, 'w', 'a', 'b', 'c.valley.jsonc'))).toBe(join(root, 'w'));
    mkdirSync(join(root, 'w', 'a', '.vscode'));
    expect(runsRootOf(join(root, 'w', 'a', 'b', 'c.valley.jsonc'))).toBe(join(root, 'w', 'a'));
  });
});
