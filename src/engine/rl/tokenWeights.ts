/** What each token of a completion counts in the loss of an optimizer step. */

/**
 * `grpo`: each completion counts the same, whatever its length (arXiv 2402.03300). `dapo`: each token counts the same
 * (arXiv 2503.14476). `dr_grpo`: each token counts the same, and the sum is divided by the longest completion that is allowed, so
 * that the length of the others plays no part (arXiv 2503.20783). In TRL's words (`loss_type`).
 */
export type LossType = 'grpo' | 'dapo' | 'dr_grpo';

export interface WeightSettings {
  readonly lossType: LossType;
  /** Longest completion in tokens. */
  readonly maxNewTokens: number;
}

/** The weight of a token of each completion; `lengths` in tokens, 0 for one that is left out. Their products with the lengths sum up to at most 1. */
export function tokenWeights(lengths: readonly number[], { lossType, maxNewTokens }: WeightSettings): number[] {
  const total = lengths.reduce((sum, length) => sum + length, 0);
  switch (lossType) {
    case 'grpo':
      return lengths.map((length) => (length === 0 ? 0 : 1 / (length * lengths.length)));
    case 'dapo':
      return lengths.map((length) => (length === 0 ? 0 : 1 / total));
    case 'dr_grpo':
      return lengths.map((length) => (length === 0 ? 0 : 1 / (lengths.length * maxNewTokens)));
    default:
      return lossType satisfies never;
  }
}
