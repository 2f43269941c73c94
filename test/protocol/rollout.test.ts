/** What came of completions is told later, by id, and stands beside them from then on. */
import { expect, test } from 'vitest';
import type { Completion, RunEvent } from '../../src/protocol/events.ts';
import { apply, newRun } from '../../src/protocol/state.ts';

const completion = (id: string): Completion => ({
  ...{ id, step: 4, prompt: '1+1=', text: '#2', trace: '', answer: '2', gold: '2', verdict: 'correct' },
  ...{ finishReason: 'stop', tokens: 3, seed: 1, temperature: 1, meanLogProbability: -0.1, steps: null },
  rollout: { group: '4-0', reward: 1, rewards: { correct: 1 }, advantage: 0.5 },
});

test('the clipped share joins the completion it belongs to, and no other', () => {
  const run = newRun();
  const { rollout: _, ...unlearned } = completion('__proto__');
  const events: RunEvent[] = [
    {
      type: 'completions.sampled',
      step: 4,
      purpose: 'training',
      completions: [completion('4-rollout-0'), completion('4-rollout-1')],
    },
    { type: 'completions.sampled', step: 4, purpose: 'interactive', completions: [unlearned] },
    { type: 'completions.learned', step: 4, clipped: { '4-rollout-1': 0.25, '4-rollout-9': 1 } },
  ];
  events.forEach((event, seq) => apply(run, { v: 1, runId: 'r', attempt: 1, seq, time: seq, event }));
  expect(run.completions.map(({ id, rollout }) => [id, rollout?.clippedShare])).toEqual([
    ['__proto__', undefined],
    ['4-rollout-0', undefined],
    ['4-rollout-1', 0.25],
  ]);
  expect(run.completions[2]?.rollout).toEqual({ ...completion('').rollout, clippedShare: 0.25 });
});
