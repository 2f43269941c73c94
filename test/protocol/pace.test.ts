/** How long a run still takes, as far as its events tell. */
import { expect, test } from 'vitest';
import type { Recipe, RunEvent } from '../../src/protocol/events.ts';
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
