/** How much better each completion of a prompt was than its siblings. */

/**
 * `group`: the reward less the group's mean, over the group's standard deviation (GRPO, arXiv 2402.03300; n - 1 below the root and
 * 1e-4 beside it, as TRL has it). `none`: less the mean alone (Dr. GRPO, arXiv 2503.20783). `leaveOneOut`: less the mean of the
 * others (RLOO, arXiv 2402.14740).
 */
export type AdvantageKind = 'group' | 'none' | 'leaveOneOut';

const EPSILON = 1e-4;

/** Mean and standard deviation of the rewards of a group, n - 1 below the root; a group of one deviates by 0. */
export function groupStatistics(rewards: readonly number[]): { readonly mean: number; readonly deviation: number } {
  const mean = rewards.reduce((sum, reward) => sum + reward, 0) / rewards.length;
  const squares = rewards.reduce((sum, reward) => sum + (reward - mean) * (reward - mean), 0);
  return { mean, deviation: Math.sqrt(squares / Math.max(1, rewards.length - 1)) };
}

/** One advantage per reward of a group, in order. A group of one, or of equal rewards, has none: 0. */
export function advantages(rewards: readonly number[], kind: AdvantageKind): number[] {
  const n = rewards.length;
  if (n < 2) return rewards.map(() => 0);
  const { mean, deviation } = groupStatistics(rewards);
  const centred = rewards.map((reward) => reward - mean);
  switch (kind) {
    case 'group':
      return centred.map((value) => value / (deviation + EPSILON));
    case 'none':
      return centred;
    case 'leaveOneOut':
      return centred.map((value) => (value * n) / (n - 1));
    default:
      return kind satisfies never;
  }
}
