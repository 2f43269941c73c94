import { expect, test } from 'vitest';
import { type CellKey, type CellResult, type LadderPlan, withoutClock } from '../../src/protocol/ladder.ts';
import type { RunEvent } from '../../src/protocol/events.ts';
import { apply, newRun } from '../../src/protocol/state.ts';

const key = (changes: Partial<CellKey>): CellKey => ({
  ...{ model: 'tiny', size: 0, seed: 1, stage: 'base', step: 0, evaluation: 'e' },
  ...changes,
});
const cells = [key({}), key({ size: 8, stage: 'sft', step: 4 }), key({ size: 8, stage: 'grpo', step: 2 })];
const plan: LadderPlan = {
  model: 'tiny',
  isAnalogue: true,
  schedule: 'controlled',
  subsets: 'nested',
  sizes: [8],
  seeds: [1],
  evaluations: [],
  trainings: [],
  cells,
};
const result = (of: CellKey): CellResult => ({
  key: of,
  scores: [],
  outcomes: { k: 1, verdicts: ['correct'], tokens: [5], finishReasons: ['stop'], steps: [null] },
  completions: { file: 'x.jsonl', count: 1 },
  teaching: null,
});

function folded(events: readonly RunEvent[]) {
  const run = newRun('r');
  events.forEach((event, seq) => apply(run, { v: 1, runId: 'r', attempt: 1, seq, time: seq, event }));
  return run.ladder;
}

test('a record follows from what was told', () => {
  const ladder = folded([
    { type: 'ladder.planned', plan },
    { type: 'cell.started', training: 'base-0-seed-1' },
    { type: 'cell.finished', result: result(cells[0]!), seconds: 3 },
    { type: 'cell.started', training: 'sft-8-seed-1' },
    { type: 'training.failed', training: 'grpo-8-seed-1', error: { code: 'diverged', message: 'no' } },
  ]);
  expect(ladder?.cells.map(({ state }) => state)).toEqual(['finished', 'running', 'failed']);
  expect(ladder?.cells[0]).toMatchObject({ result: { key: cells[0] }, seconds: 3 });
  expect(ladder?.cells[2]?.error?.code).toBe('diverged');
});

test('an attempt that tells again what is done has the same record but for the clock', () => {
  const once: RunEvent[] = [
    { type: 'ladder.planned', plan },
    { type: 'cell.started', training: 'base-0-seed-1' },
    { type: 'cell.finished', result: result(cells[0]!), seconds: 3 },
  ];
  const again: RunEvent[] = [
    ...once,
    { type: 'cell.started', training: 'sft-8-seed-1' },
    { type: 'ladder.planned', plan },
    { type: 'cell.finished', result: result(cells[0]!), seconds: null },
  ];
  expect(withoutClock(folded(again)!)).toEqual(withoutClock(folded(once)!));
  expect(folded(again)).not.toEqual(folded(once));
});

test('what is finished stays so when its training goes on', () => {
  const ladder = folded([
    { type: 'ladder.planned', plan },
    { type: 'cell.finished', result: result(cells[2]!), seconds: 1 },
    { type: 'cell.started', training: 'grpo-8-seed-1' },
    { type: 'training.failed', training: 'grpo-8-seed-1', error: { code: 'diverged', message: 'no' } },
  ]);
  expect(ladder?.cells[2]?.state).toBe('finished');
});
