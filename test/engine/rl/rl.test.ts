import { describe, expect, test } from 'vitest';
import { advantages } from '../../../src/engine/rl/advantages.ts';
import { PolicyWatch } from '../../../src/engine/rl/policyWatch.ts';
import { tokenWeights } from '../../../src/engine/rl/tokenWeights.ts';
import { POLICY_ALARMS, type PolicyAlarmName } from '../../../src/protocol/policyAlarms.ts';
import type { RunEvent } from '../../../src/protocol/events.ts';

describe('advantages', () => {
  test('by hand: of 1, 0, 0, 1 the mean is 1/2 and the deviation with n - 1 is 1/sqrt(3)', () => {
    const one = 0.5 / (1 / Math.sqrt(3) + 1e-4);
    [one, -one, -one, one].forEach((value, i) => expect(advantages([1, 0, 0, 1], 'group')[i]).toBeCloseTo(value, 12));
    expect(advantages([1, 0, 0, 1], 'none')).toEqual([0.5, -0.5, -0.5, 0.5]);
    [2 / 3, -2 / 3, -2 / 3, 2 / 3].forEach((value, i) =>
      expect(advantages([1, 0, 0, 1], 'leaveOneOut')[i]).toBeCloseTo(value, 12),
    );
  });

  test.each(['group', 'none', 'leaveOneOut'] as const)('%s: a group of equals, and one alone, have none', (kind) => {
    expect(advantages([3, 3, 3], kind).map(Math.abs)).toEqual([0, 0, 0]);
    expect(advantages([7], kind)).toEqual([0]);
    expect(advantages([], kind)).toEqual([]);
  });
});

describe('token weights', () => {
  const lengths = [2, 6, 0, 4];
  const totals = (lossType: 'grpo' | 'dapo' | 'dr_grpo'): number[] =>
    tokenWeights(lengths, { lossType, maxNewTokens: 10 }).map((weight, i) => weight * (lengths[i] ?? 0));

  test('grpo: each completion that counts a quarter of the batch', () => {
    totals('grpo').forEach((total, i) => expect(total).toBeCloseTo([0.25, 0.25, 0, 0.25][i] ?? NaN, 12));
  });
  test('dapo: each token one twelfth', () => {
    totals('dapo').forEach((total, i) => expect(total).toBeCloseTo((lengths[i] ?? NaN) / 12, 12));
  });
  test('dr_grpo: each token one fortieth, whatever the others are', () => {
    totals('dr_grpo').forEach((total, i) => expect(total).toBeCloseTo((lengths[i] ?? NaN) / 40, 12));
  });
});

/** Twelve rollouts of a healthy run; `late` is what the metrics are in the second half. */
const history = (late: Readonly<Record<string, number>>, accuracy = [0.4, 0.6]): RunEvent[] => {
  const healthy = {
    ...{ reward: 0.4, entropy: 0.5, kl: 0.01, frac_reward_zero_std: 0.3 },
    ...{ 'completions/mean_length': 60, 'completions/clipped_ratio': 0.05 },
  };
  const evaluated = (step: number, value: number): RunEvent => ({
    type: 'evaluation.finished',
    step,
    benchmark: 'b',
    scores: [{ name: 'accuracy', value, n: 100, k: 1, interval: null, unit: 'share' }],
  });
  const steps = Array.from({ length: 12 }, (_, i): RunEvent => ({
    type: 'step.finished',
    step: i + 1,
    metrics: i < 6 ? healthy : { ...healthy, ...late },
  }));
  return [evaluated(0, accuracy[0] ?? 0), ...steps.slice(0, 6), evaluated(6, accuracy[1] ?? 0), ...steps.slice(6)];
};

const faults: Readonly<Record<PolicyAlarmName, { late: Record<string, number>; accuracy?: number[]; says: RegExp }>> = {
  allTruncated: { late: { 'completions/clipped_ratio': 1 }, says: /cut at the limit.*completions\/clipped_ratio \d/ },
  groupsAlike: {
    late: { frac_reward_zero_std: 0.95 },
    says: /rewarded alike.*frac_reward_zero_std 0\.\d+, above 0\.8/,
  },
  entropyCollapse: { late: { entropy: 0.01 }, says: /nearly all the same.*entropy 0\.0\d+, at the start 0\.5/ },
  klBlowUp: { late: { kl: 2 }, says: /far from the model.*kl [\d.]+ nats/ },
  lengthCollapse: {
    late: { 'completions/mean_length': 9 },
    says: /much shorter.*mean_length [\d.]+ tokens, at the start 60/,
  },
  lengthExplosion: { late: { 'completions/mean_length': 400 }, says: /much longer.*mean_length \d+ tokens/ },
  rewardWithoutAccuracy: {
    late: { reward: 0.9 },
    accuracy: [0.4, 0.38],
    says: /accuracy does not.*reward 0\.\d+, at the start 0\.4/,
  },
};

const started: RunEvent = {
  ...{ type: 'run.started', recipe: 'grpo', name: 'rl', task: 'task', parameters: 1, executor: null },
  ...{ runtime: { version: '', foundBy: 'cli' }, totalSteps: 20, evaluationSteps: [] },
};

describe('the watch over a policy', () => {
  const told = (events: readonly RunEvent[]): string[] => {
    const watch = new PolicyWatch();
    return events.flatMap((event) => watch.see(event)).map(({ message }) => message);
  };

  test('says nothing of a healthy run, nor of a reward that rises with the accuracy', () => {
    expect(told(history({}))).toEqual([]);
    expect(told(history({ reward: 0.9 }))).toEqual([]);
  });

  test.each(POLICY_ALARMS)('%s: a run that is killed and continued, wherever that is, says it once', (name) => {
    const { late, accuracy } = faults[name];
    const whole = history(late, accuracy);
    const steps = whole.flatMap((event) => (event.type === 'step.finished' ? [event.step] : []));
    const [from = 0, last = 0] = [steps[2], steps.at(-1)];
    for (let killed = from; killed <= last; killed++) {
      const lost = whole.filter((event) => !('step' in event) || event.step <= killed);
      const redone = whole.filter((event) => 'step' in event && event.step > from);
      expect(told([...lost, { ...started, resumedFrom: { step: from, checkpoint: '' } }, ...redone])).toEqual(
        told(whole),
      );
    }
  });

  test('a run that begins anew is judged by what it does then', () => {
    const long = history({}).map((event): RunEvent => {
      if (event.type !== 'step.finished') return event;
      return { ...event, metrics: { ...event.metrics, 'completions/mean_length': 400 } };
    });
    expect(told([...history({}), started, ...long])).toEqual([]);
    expect(told([...history({}), ...long])).toHaveLength(1);
  });

  test.each(POLICY_ALARMS)('%s is said once, with its metric', (name) => {
    const { late, accuracy, says } = faults[name];
    const lines = told(history(late, accuracy));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(says);
  });
});
