/** What each completion of a group is worth beside the others: GRPO, Dr. GRPO and RLOO. */

/** As in TRL: `scale_rewards` "group" (GRPO) or "none" (Dr. GRPO), and RLOO's baseline. */
export type AdvantageEstimator = 'grpo' | 'dr_grpo' | 'rloo';

/** Added to the standard deviation (TRL). */
const EPSILON = 1e-4;

/**
 * `rewards` are those of all completions of one prompt, at least two.
 * - grpo: (r - mean) / (standard deviation + 1e-4), with n - 1 (DeepSeekMath, arXiv 2402.03300, as TRL computes it)
 * - dr_grpo: r - mean (arXiv 2503.20783)
 * - rloo: r - mean of the others (arXiv 2402.14740)
 */
export function groupAdvantages(rewards: readonly number[], estimator: AdvantageEstimator): number[] {
  const n = rewards.length;
  if (n < 2) throw new Error(`A group of ${n} completions has no advantages; at least 2 are needed.`);
  const mean = rewards.reduce((sum, reward) => sum + reward, 0) / n;
  const centred = rewards.map((reward) => reward - mean);
  switch (estimator) {
    case 'grpo': {
      const deviation = Math.sqrt(centred.reduce((sum, value) => sum + value * value, 0) / (n - 1));
      return centred.map((value) => value / (deviation + EPSILON));
    }
    case 'dr_grpo':
      return centred;
    case 'rloo':
      return centred.map((value) => (value * n) / (n - 1));
    default:
      return estimator satisfies never;
  }
}

/** All rewards are the same: the group teaches nothing, and dynamic sampling (DAPO) draws another. */
export const isZeroVariance = (rewards: readonly number[]): boolean => rewards.every((reward) => reward === rewards[0]);
