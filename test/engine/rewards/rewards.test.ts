import { describe, expect, test } from 'vitest';
import { rewards as rewardsSchema } from '../../../src/config/grpoSchema.ts';
import { rewardOf, rewards } from '../../../src/engine/rewards/index.ts';
import type { Completion } from '../../../src/protocol/events.ts';

const completion = (changes: Partial<Completion>): Completion => ({
  ...{ id: '0-rollout-0', step: 0, prompt: '1+1=', text: '1+1=2\n#2', trace: '1+1=2', answer: '2', gold: '2' },
  ...{
    verdict: 'correct',
    finishReason: 'stop',
    tokens: 8,
    seed: 1,
    temperature: 1,
    meanLogProbability: -1,
    steps: null,
  },
  ...changes,
});
const config = rewardsSchema.parse({});
const context = { config, maxNewTokens: 40 };
const of = (name: keyof typeof rewards, changes: Partial<Completion>): number =>
  rewards[name](completion(changes), context);

describe.each(Object.entries(rewards))('%s', (_, reward) => {
  test('is finite for completions of every kind and length, and no better for a wrong answer', () => {
    for (const finishReason of ['stop', 'length'] as const)
      for (const text of ['', 'a', 'a a a a a a a a', 'one two three four five'])
        for (const tokens of [1, 20, 40]) {
          const [right, wrong] = (['correct', 'wrong'] as const).map((verdict) =>
            reward(completion({ verdict, finishReason, text, tokens }), context),
          );
          expect(Number.isFinite(right)).toBe(true);
          expect(wrong).toBeLessThanOrEqual(right ?? NaN);
        }
  });
});

test('correct: 1 for the right answer alone', () => {
  expect([of('correct', {}), of('correct', { verdict: 'wrong' }), of('correct', { verdict: 'unparsed' })]).toEqual([
    1, 0, 0,
  ]);
});

test('format: an answer that can be read, and an end', () => {
  expect(of('format', { verdict: 'wrong' })).toBe(1);
  expect(of('format', { answer: null })).toBe(0);
  expect(of('format', { finishReason: 'length' })).toBe(0);
});

test('cosine: half way between its values at half the length', () => {
  expect(of('cosine', { tokens: 0 })).toBeCloseTo(1, 12);
  expect(of('cosine', { tokens: 20 })).toBeCloseTo(0.75, 12);
  expect(of('cosine', { tokens: 40 })).toBeCloseTo(0.5, 12);
  expect(of('cosine', { verdict: 'wrong', tokens: 0 })).toBeCloseTo(-1, 12);
  expect(of('cosine', { verdict: 'wrong', tokens: 10 })).toBeCloseTo(-0.5 - 0.25 * (1 + Math.SQRT1_2), 12);
});

test('overlong: nothing up to the last quarter, then a line down to -1', () => {
  expect([30, 35, 40].map((tokens) => of('overlong', { tokens }) + 0)).toEqual([0, -0.5, -1]);
  expect(of('overlong', { tokens: 12, finishReason: 'length' })).toBe(-1);
});

test('repetition: minus the share of runs that were there before', () => {
  // Five runs of four words, one of them new.
  expect(of('repetition', { text: 'a a a a a a a a' })).toBeCloseTo(-0.8, 12);
  expect(of('repetition', { text: 'one two three four five six' })).toBe(0);
  expect(of('repetition', { text: 'too short' })).toBe(0);
});

test('the reward is the weighted sum, and parts without a weight are left out', () => {
  const weighted = rewardsSchema.parse({ correct: 2, format: 0.5 });
  const given = { config: weighted, maxNewTokens: 40 };
  const weights = { correct: 2, format: 0.5 };
  const rewarded = (changes: Partial<Completion>) => rewardOf(completion(changes), given);
  expect(rewarded({})).toEqual({ reward: 2.5, parts: { correct: 1, format: 1 }, weights });
  expect(rewarded({ verdict: 'wrong' })).toEqual({ reward: 0.5, parts: { correct: 0, format: 1 }, weights });
});
