/** How long a run still takes, as far as its events tell. */
import { expect, test } from 'vitest';
import type { Recipe, RunEvent } from '../../src/protocol/events.ts';
import type { LadderTraining } from '../../src/protocol/ladder.ts';
import { apply, newRun, secondsLeft, type RunState } from '../../src/protocol/state.ts';

function runOf(recipe: Recipe, events: readonly (readonly [time: number, event: RunEvent])[]): RunState {
  const run = newRun();
  const started: RunEvent = {
    ...{ type: 'run.started', recipe, name: 'run', task: 'task', parameters: 1, executor: null },
    ...{ runtime: { version: 'node', foundBy: 'cli' }, totalSteps: 8, evaluationSteps: [] },
  };
  [[0, started] as const, ...events].forEach(([time, event], seq) =>
    apply(run, { v: 1, runId: 'r', attempt: 1, seq, time: 1000 * time, event }),
  );
  return run;
}

const phase = (name: 'sampling' | 'training'): RunEvent => ({ type: 'phase.changed', phase: name });
const step = (number: number): RunEvent => ({ type: 'step.finished', step: number, metrics: {} });

test('a rollout counts: of steps that wait ten seconds for completions every second time the mean is taken', () => {
  const events: (readonly [number, RunEvent])[] = [
    [1, phase('sampling')],
    [11, phase('training')],
    [12, step(1)],
    [13, step(2)],
    [13, phase('sampling')],
    [23, phase('training')],
    [23, step(3)],
    [24, step(4)],
    [24, phase('sampling')],
    [34, phase('training')],
    [34, step(5)],
    [35, step(6)],
  ];
  expect(secondsLeft(runOf('grpo', events))).toBe(Math.round((2 * (1 + 10 + 1 + 10 + 1)) / 5));
});

test('steps of a ladder count by their tokens, and only those of trainings that are not done', () => {
  const trainings: LadderTraining[] = (['sft', 'short', 'sft'] as const).map((stage, place) => ({
    ...{ stage, size: 8 + place, seed: 1, from: null, examples: 8, epochs: 1, batchSize: 1, learningRate: 1 },
    ...{ name: `${stage}-${8 + place}-seed-1`, steps: 4, firstStep: 4 * place, tokens: [400, 100, 400][place] ?? 0 },
  }));
  const keys = trainings.map(({ stage, size, seed }) => ({ stage, size, seed, model: 'm', step: 4, evaluation: 'e' }));
  const plan = {
    ...({ model: 'm', isAnalogue: true, schedule: 'controlled', subsets: 'nested', sizes: [], seeds: [] } as const),
    ...{ evaluations: [], trainings, cells: keys },
  };
  const events: (readonly [number, RunEvent])[] = [
    [0, { type: 'ladder.planned', plan }],
    [10, step(1)],
    [20, step(2)],
  ];
  // Two steps of 100 tokens, four of 25, four of 100, at 10 s for 100.
  expect(secondsLeft(runOf('ladder', events))).toBe(20 + 10 + 40);
  const failed: RunEvent = {
    type: 'training.failed',
    training: 'sft-10-seed-1',
    error: { code: 'diverged', message: '' },
  };
  expect(secondsLeft(runOf('ladder', [...events, [20, failed]]))).toBe(20 + 10);
});

test('of fine-tuning the usual step counts, and looks at completions between two steps do not', () => {
  const events: (readonly [number, RunEvent])[] = [
    [1, step(1)],
    [2, step(2)],
    [3, step(3)],
    [3, phase('sampling')],
    [13, phase('training')],
    [14, step(4)],
    [15, step(5)],
  ];
  expect(secondsLeft(runOf('sft', events))).toBe(3);
});
