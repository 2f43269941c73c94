/** How much better each completion of a prompt was than its siblings. */

/**
 * `group`: the reward less the group's mean, over the group's standard deviation (GRPO, arXiv 2402.03300; n - 1 below the root and
 * 1e-4 beside it, as TRL has it). `none`: less the mean alone (Dr. GRPO, arXiv 2503.20783). `leaveOneOut`: less the mean of the
 * others (RLOO, arXiv 2402.14740).
 */
export type AdvantageKind = 'group' | 'none' | 'leaveOneOut';

const EPSILON = 1e-4;

/** One advantage per reward of a group, in order. A group of one, or of equal rewards, has none: 0. */
export function advantages(rewards: readonly number[], kind: AdvantageKind): number[] {
  const n = rewards.length;
  if (n < 2) return rewards.map(() => 0);
  const mean = rewards.reduce((sum, reward) => sum + reward, 0) / n;
  const centred = rewards.map((reward) => reward - mean);
  switch (kind) {
    case 'group': {
      const deviation = Math.sqrt(centred.reduce((sum, value) => sum + value * value, 0) / (n - 1));
      return centred.map((value) => value / (deviation + EPSILON));
    }
    case 'none':
      return centred;
    case 'leaveOneOut':
      return centred.map((value) => (value * n) / (n - 1));
    default:
      return kind satisfies never;
  }
}
