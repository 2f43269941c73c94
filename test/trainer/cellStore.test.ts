import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { CellResult } from '../../src/protocol/ladder.ts';
import { DataFailure } from '../../src/data/dataFailure.ts';
import { RunFailure } from '../../src/engine/recipes/runFailure.ts';
import { CellStore } from '../../src/trainer/cellStore.ts';
import { stateAt } from '../data/checkpoints.ts';

const NAME = 'sft-8-seed-1';
let runFolder: string;
let lost: Error | null;
beforeEach(() => {
  runFolder = mkdtempSync(join(tmpdir(), 'valley-cells-'));
  lost = null;
});
afterEach(() => rmSync(runFolder, { recursive: true, force: true }));

const open = (): CellStore =>
  new CellStore({
    ...{ runFolder, runId: 'run-1', configHash: 'c0ffee', now: () => 0, lost: () => lost },
    policy: { keepLast: 2, keepBest: 0, diskBudgetMB: 100 },
  });

const result = (step: number, value = 0.5): CellResult => ({
  key: { model: 'm', size: 8, seed: 1, stage: 'sft', step, evaluation: 'repetition/3-7 0badcafe' },
  scores: [{ name: 'accuracy', value, n: 1, k: 1, interval: null, unit: 'share' }],
  outcomes: { k: 1, verdicts: ['wrong'], tokens: [3], finishReasons: ['stop'], steps: [{ count: 2, wrong: 1 }] },
  completions: { file: 'x-00000001.jsonl', count: 1 },
  teaching: null,
});

test('what is kept is found by the next process, results in the order of their steps', async () => {
  const store = open();
  for (const step of [20, 3, 100]) store.keep(NAME, result(step));
  store.keep(NAME, result(20, 0.75));
  await store.save(NAME)(stateAt(20), 'planned', null);
  await store.save(NAME)(stateAt(100), 'final', null);
  store.finish(NAME);
  const next = open();
  expect(next.results(NAME)).toEqual([result(3), result(20, 0.75), result(100)]);
  expect(next.ending(NAME)).toEqual({ type: 'finished' });
  expect(next.resumeStep(NAME)).toBe(100);
  expect(next.resume(NAME)).toEqual(stateAt(100));
  expect(next.model(NAME).weights).toEqual(stateAt(100).weights);
});

test('of a finished training the newest checkpoint stays alone', async () => {
  const store = open();
  for (const step of [20, 40]) await store.save(NAME)(stateAt(step), 'planned', null);
  store.finish(NAME);
  expect(readdirSync(join(runFolder, 'cells', NAME, 'checkpoints'))).toEqual(['step-00000040']);
});

test('what is forgotten is gone, alone', () => {
  const store = open();
  for (const name of [NAME, 'base-0-seed-1']) store.keep(name, result(3));
  store.forget(NAME);
  expect([open().results(NAME).length, open().results('base-0-seed-1').length]).toEqual([0, 1]);
});

test('a training that was never begun has nothing', () => {
  const store = open();
  expect([store.results(NAME), store.ending(NAME), store.resume(NAME), store.resumeStep(NAME)]).toEqual([
    [],
    null,
    null,
    0,
  ]);
  expect(() => store.model(NAME)).toThrow(DataFailure);
  expect(readdirSync(runFolder)).toEqual([]);
});

test('only a loss that is not finite is a result; all else ends the ladder', () => {
  const store = open();
  expect(store.fail(NAME, new RunFailure('diskFull', 'The disk is full.'))).toBeNull();
  expect(store.fail(NAME, new Error('a bug'))).toBeNull();
  expect(store.ending(NAME)).toBeNull();
  expect(store.fail(NAME, new RunFailure('diverged', 'The loss is NaN.'))).toMatchObject({ code: 'diverged' });
  expect(open().ending(NAME)).toMatchObject({ type: 'failed', error: { message: 'The loss is NaN.' } });
});

test('a half-written checkpoint is passed over, and a folder that is lost takes no more', async () => {
  const store = open();
  await store.save(NAME)(stateAt(20), 'planned', null);
  await store.save(NAME)(stateAt(40), 'planned', null);
  writeFileSync(join(runFolder, 'cells', NAME, 'checkpoints', 'step-00000040', 'model.safetensors'), 'torn');
  expect(open().resumeStep(NAME)).toBe(20);
  lost = new RunFailure('runFolderLost', 'gone');
  await expect(store.save(NAME)(stateAt(60), 'planned', null)).rejects.toThrow('gone');
});
