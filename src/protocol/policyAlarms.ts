/** What goes wrong in reinforcement learning, seen in its metrics: the same rules for the run's log and for the panel. */
import { said, type Sentence } from './sentence.ts';
import type { Evaluation, Series } from './state.ts';

export interface PolicyAlarm {
  readonly name: PolicyAlarmName;
  /** The metric that raised it. */
  readonly metric: string;
  /** Its value, over the newest rollouts. */
  readonly value: number;
  /** What it was at the start; the limit, where the start does not matter. */
  readonly against: number;
}

export const POLICY_ALARMS = [
  'allTruncated',
  'groupsAlike',
  'entropyCollapse',
  'klBlowUp',
  'lengthCollapse',
  'lengthExplosion',
  'rewardWithoutAccuracy',
] as const;
export type PolicyAlarmName = (typeof POLICY_ALARMS)[number];

/** What the rules look at; `RunState` has it. */
export interface PolicyHistory {
  readonly series: Readonly<Record<string, Series>>;
  readonly evaluations: readonly Pick<Evaluation, 'scores'>[];
}

/** Rollouts that a mean is taken over, at the start and at the end. */
const WINDOW = 5;
const MOST_TRUNCATED = 0.95;
const MOST_ALIKE = 0.8;
/** Of the entropy, and of the length, at the start. */
const LEAST_ENTROPY = 0.1;
const LEAST_LENGTH = 1 / 3;
const MOST_LENGTH = 3;
/** Nats per token. */
const MOST_KL = 0.5;
/** Of the reward, before it is compared with the accuracy. */
const RISE = 0.1;

/** Those that hold now, none before two windows of rollouts. */
export function policyAlarms(history: PolicyHistory): PolicyAlarm[] {
  const edges = (metric: string): Edges | null => edgesOf(history.series[metric]);
  const raised: PolicyAlarm[] = [];
  const raise = (name: PolicyAlarmName, metric: string, isWrong: (edges: Edges) => number | null): void => {
    const found = edges(metric);
    const against = found && isWrong(found);
    if (found && against !== null) raised.push({ name, metric, value: found.last, against });
  };
  raise('allTruncated', 'completions/clipped_ratio', ({ last }) => (last >= MOST_TRUNCATED ? MOST_TRUNCATED : null));
  raise('groupsAlike', 'frac_reward_zero_std', ({ last }) => (last > MOST_ALIKE ? MOST_ALIKE : null));
  raise('entropyCollapse', 'entropy', ({ first, last }) => (last < LEAST_ENTROPY * first ? first : null));
  raise('klBlowUp', 'kl', ({ last }) => (last > MOST_KL ? MOST_KL : null));
  raise('lengthCollapse', 'completions/mean_length', ({ first, last }) => (last < LEAST_LENGTH * first ? first : null));
  raise('lengthExplosion', 'completions/mean_length', ({ first, last }) => (last > MOST_LENGTH * first ? first : null));
  raise('rewardWithoutAccuracy', 'reward', ({ first, last }) =>
    last > first + RISE && hasNotRisen(history.evaluations) ? first : null,
  );
  return raised;
}

interface Edges {
  readonly first: number;
  readonly last: number;
}

/** Means of the first and of the newest values; null before there are two windows of them. */
function edgesOf(series: Series | undefined): Edges | null {
  if (!series || series.values.length < 2 * WINDOW) return null;
  const { values } = series;
  // From both ends, as it is asked at every step of a run that may be long.
  const [first, last] = [finiteIn(values, 0, 1), finiteIn(values, values.length - 1, -1)];
  if (first.values.length < WINDOW || last.at <= first.at) return null;
  return { first: mean(first.values), last: mean(last.values) };
}

/** The first finite values on the way from a place, as many as a window has, and where the last of them stands. */
function finiteIn(
  values: readonly (number | null)[],
  from: number,
  step: 1 | -1,
): { readonly values: readonly number[]; readonly at: number } {
  const found: number[] = [];
  let at = from;
  for (; found.length < WINDOW && at >= 0 && at < values.length; at += step) {
    const value = values[at];
    if (value !== null && value !== undefined) found.push(value);
  }
  return { values: found, at: at - step };
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Whether the headline score of the newest evaluation is no better than that of the first; two at least. */
function hasNotRisen(evaluations: PolicyHistory['evaluations']): boolean {
  const [first, last] = [evaluations[0]?.scores[0], evaluations.at(-1)?.scores[0]];
  return evaluations.length > 1 && first !== undefined && last !== undefined && last.value <= first.value;
}

/** What it means, with the metric and its numbers. */
export function policyAlarmMeaning({ name, metric, value, against }: PolicyAlarm): Sentence {
  const [now, before] = [shown(value), shown(against)];
  switch (name) {
    case 'allTruncated':
      return said`Almost every completion is cut at the limit before it gives an answer, so there is next to nothing to reward (${metric} ${now}).`;
    case 'groupsAlike':
      return said`Most groups are rewarded alike, all right or all wrong, and nothing is learned from those (${metric} ${now}, above ${before}).`;
    case 'entropyCollapse':
      return said`The completions of a problem are nearly all the same now, so there is little left to choose from (${metric} ${now}, at the start ${before}).`;
    case 'klBlowUp':
      return said`The policy is far from the model that training began with (${metric} ${now} nats per token, above ${before}).`;
    case 'lengthCollapse':
      return said`Completions have become much shorter: chains of thought are being dropped (${metric} ${now} tokens, at the start ${before}).`;
    case 'lengthExplosion':
      return said`Completions have become much longer (${metric} ${now} tokens, at the start ${before}).`;
    case 'rewardWithoutAccuracy':
      return said`The reward rises but the held-out accuracy does not: the model may have found a way to be paid without being right (${metric} ${now}, at the start ${before}).`;
    default:
      return name satisfies never;
  }
}

/** What to do about it, in plain words. */
export function policyAlarmRemedy(name: PolicyAlarmName): string {
  switch (name) {
    case 'allTruncated':
      return 'Raise `rollout.maxNewTokens`, or start from a model that writes shorter chains.';
    case 'groupsAlike':
      return 'Choose problems of the right difficulty, raise `rollout.numGenerations` or the temperature, or set `rollout.dynamicSampling`.';
    case 'entropyCollapse':
      return 'Lower `training.learningRate`, raise `policy.epsilonHigh`, or stop here and keep the best checkpoint.';
    case 'klBlowUp':
      return 'Lower `training.learningRate`, or raise `policy.beta`.';
    case 'lengthCollapse':
    case 'lengthExplosion':
      return 'Read some completions. Set `policy.lossType` to "dr_grpo" or "dapo", or change the weights of `rewards`.';
    case 'rewardWithoutAccuracy':
      return 'Read rewarded completions that are wrong, and remove the reward that pays for them.';
    default:
      return name satisfies never;
  }
}

export function policyAlarmTitle(name: PolicyAlarmName): string {
  switch (name) {
    case 'allTruncated':
      return 'Every completion is cut';
    case 'groupsAlike':
      return 'Groups without a difference';
    case 'entropyCollapse':
      return 'The policy has lost its variety';
    case 'klBlowUp':
      return 'The policy has moved far away';
    case 'lengthCollapse':
      return 'Completions shrink';
    case 'lengthExplosion':
      return 'Completions grow';
    case 'rewardWithoutAccuracy':
      return 'Reward without accuracy';
    default:
      return name satisfies never;
  }
}

const shown = (value: number): string => String(Number(value.toPrecision(3)));
