import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { groupAdvantages, isZeroVariance } from '../../../src/engine/rl/advantages.ts';
import { klEstimate, policyLoss, type LossType, type PolicyTokens } from '../../../src/engine/rl/policyLoss.ts';
import { cosineLength } from '../../../src/engine/rewards/cosineLength.ts';
import { repetitionPenalty } from '../../../src/engine/rewards/repetitionPenalty.ts';
import { softOverlong } from '../../../src/engine/rewards/softOverlong.ts';

interface LossCase {
  readonly lossType: LossType;
  readonly epsilon: number;
  readonly epsilonHigh: number;
  readonly beta: number;
  readonly longest: number;
  readonly new: readonly (readonly number[])[];
  readonly old: readonly (readonly number[])[];
  readonly reference: readonly (readonly number[])[];
  readonly advantage: readonly number[];
  readonly loss: number;
  readonly gradients: readonly (readonly number[])[];
  readonly clipRatio: number;
  readonly kl: number;
}

/** Numbers of PyTorch: the script that made them lies beside them. */
const fixture = JSON.parse(readFileSync('test/fixtures/rl/rl.json', 'utf8')) as {
  readonly advantages: readonly Readonly<Record<'rewards' | 'grpo' | 'dr_grpo' | 'rloo', readonly number[]>>[];
  readonly losses: readonly LossCase[];
};

const close = (values: readonly number[], digits = 10) =>
  values.map((value) => expect.closeTo(value, digits) as number);

describe('groupAdvantages', () => {
  test.each(fixture.advantages)('$rewards beside PyTorch', ({ rewards, ...told }) => {
    for (const estimator of ['grpo', 'dr_grpo', 'rloo'] as const)
      expect(groupAdvantages(rewards, estimator)).toEqual(close(told[estimator]));
  });

  test('by hand: 1, 0, 0, 0', () => {
    // mean 1/4, standard deviation with n - 1: 1/2.
    expect(groupAdvantages([1, 0, 0, 0], 'grpo')[0]).toBeCloseTo(0.75 / 0.5001, 12);
    expect(groupAdvantages([1, 0, 0, 0], 'dr_grpo')).toEqual([0.75, -0.25, -0.25, -0.25]);
    expect(groupAdvantages([1, 0, 0, 0], 'rloo')).toEqual(close([1, -1 / 3, -1 / 3, -1 / 3]));
  });

  test('a group without variance teaches nothing; one completion is no group', () => {
    expect([isZeroVariance([1, 1, 1]), isZeroVariance([1, 0])]).toEqual([true, false]);
    expect(groupAdvantages([1, 1, 1], 'grpo')).toEqual([0, 0, 0]);
    expect(() => groupAdvantages([1], 'rloo')).toThrow('at least 2');
  });
});

const completionsOf = (row: LossCase): PolicyTokens[] =>
  row.new.map((logProbabilities, i) => ({
    logProbabilities,
    oldLogProbabilities: row.old[i] ?? [],
    referenceLogProbabilities: row.reference[i] ?? [],
    advantage: row.advantage[i] ?? 0,
  }));

describe('policyLoss', () => {
  test.each(fixture.losses)(
    '$lossType, clip $epsilon and $epsilonHigh, beta $beta: loss and gradients of PyTorch',
    (row) => {
      const told = policyLoss(completionsOf(row), { ...row, maxCompletionLength: row.longest });
      expect(told.loss).toBeCloseTo(row.loss, 12);
      expect(told.gradients).toEqual(row.gradients.map((values) => close(values, 12)));
      expect([told.clipRatio, told.kl]).toEqual(close([row.clipRatio, row.kl], 12));
    },
  );

  const one = (ratio: number, advantage: number): PolicyTokens => ({
    logProbabilities: [Math.log(ratio)],
    oldLogProbabilities: [0],
    referenceLogProbabilities: null,
    advantage,
  });
  const options = { epsilon: 0.2, epsilonHigh: 0.28, beta: 0, lossType: 'dapo', maxCompletionLength: 1 } as const;

  test.each([
    // ratio, advantage, loss, is clipped
    [1.1, 2, -2.2, false],
    [1.25, 2, -2.5, false],
    [1.4, 2, -2.56, true],
    [0.7, 2, -1.4, false],
    [0.7, -2, 1.6, true],
    [1.4, -2, 2.8, false],
  ])('ratio %d, advantage %d by hand', (ratio, advantage, loss, isClipped) => {
    const told = policyLoss([one(ratio, advantage)], options);
    expect(told.loss).toBeCloseTo(loss, 12);
    expect(told.clipRatio).toBe(isClipped ? 1 : 0);
    expect(told.gradients[0]?.[0]).toBeCloseTo(isClipped ? 0 : -ratio * advantage, 12);
  });

  test('a long completion counts as one at the sequence level, and by its tokens at the token level', () => {
    const long = { ...one(1, -1), logProbabilities: [0, 0, 0], oldLogProbabilities: [0, 0, 0] };
    const pair = [one(1, 1), long];
    expect(policyLoss(pair, { ...options, lossType: 'grpo' }).loss).toBeCloseTo(0, 12);
    expect(policyLoss(pair, { ...options, lossType: 'dapo' }).loss).toBeCloseTo(0.5, 12);
    expect(policyLoss(pair, { ...options, lossType: 'dr_grpo', maxCompletionLength: 10 }).loss).toBeCloseTo(0.1, 12);
  });

  test('k3 is 0 where both agree, never negative, and is exact on the mean', () => {
    expect(klEstimate(-1.5, -1.5)).toBe(0);
    for (const difference of [-2, -0.1, 0.1, 2]) expect(klEstimate(-3, -3 + difference)).toBeGreaterThan(0);
    const [p, q] = [
      [0.5, 0.3, 0.2],
      [0.2, 0.2, 0.6],
    ] as const;
    const exact = p.reduce((sum, value, i) => sum + value * Math.log(value / q[i]!), 0);
    const mean = p.reduce((sum, value, i) => sum + value * klEstimate(Math.log(value), Math.log(q[i]!)), 0);
    expect(mean).toBeCloseTo(exact, 12);
  });

  test('a completion without tokens is refused', () => {
    expect(() => policyLoss([{ ...one(1, 1), logProbabilities: [] }], options)).toThrow('at least one token');
  });
});

describe('rewards', () => {
  test.each([
    [100, 0],
    [16_384, 0],
    [18_432, -0.5],
    [20_480, -1],
    [30_000, -1],
  ])('soft overlong, %d tokens of 20,480 with a cache of 4,096', (tokens, reward) => {
    expect(softOverlong(tokens, { most: 20_480, cache: 4096 })).toBeCloseTo(reward, 12);
    expect(() => softOverlong(tokens, { most: 10, cache: 20 })).toThrow('does not fit');
  });

  const cosine = {
    most: 1000,
    correct: { shortest: 2, longest: 1 },
    wrong: { shortest: -10, longest: 0 },
    exceeded: -10,
  };
  test.each([
    [0, true, 2],
    [500, true, 1.5],
    [250, true, 1 + (1 + Math.SQRT1_2) / 2],
    [0, false, -10],
    [500, false, -5],
    [1000, true, -10],
  ])('cosine, %d tokens, right %s', (tokens, isCorrect, reward) => {
    expect(cosineLength(tokens, isCorrect, cosine)).toBeCloseTo(reward, 12);
  });

  test('repetition: the share of n-grams that were there before', () => {
    const options = { n: 2, most: -1 };
    expect(repetitionPenalty([1, 2, 3, 4], options)).toBeCloseTo(0, 12);
    // 12 21 12 21: two of four.
    expect(repetitionPenalty([1, 2, 1, 2, 1], options)).toBeCloseTo(-0.5, 12);
    expect(repetitionPenalty([1], options)).toBe(0);
    expect(repetitionPenalty(['1', '12', '11', '2'], options)).toBeCloseTo(0, 12);
    expect(() => repetitionPenalty([1], { n: 2, most: 1 })).toThrow('must be 0 or below');
  });
});
