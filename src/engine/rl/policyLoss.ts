/** The clipped objective with a KL penalty, and its derivative by the log-probability of each token. */

/**
 * How tokens are averaged, by TRL's `loss_type`:
 * - grpo: mean over a completion's tokens, then over completions (sequence level)
 * - dapo: over all tokens of the batch (token level)
 * - dr_grpo: sum over tokens divided by completions x maxCompletionLength
 */
export type LossType = 'grpo' | 'dapo' | 'dr_grpo';

export interface PolicyLossOptions {
  /** TRL's `epsilon` and `epsilon_high` (clip-higher, DAPO: 0.2 and 0.28). */
  readonly epsilon: number;
  readonly epsilonHigh: number;
  /** Weight of the KL divergence to the reference, TRL's `beta`; 0 leaves it out. */
  readonly beta: number;
  readonly lossType: LossType;
  /** For `dr_grpo`. */
  readonly maxCompletionLength: number;
}

/** One completion; all lists have a number for each of its tokens. */
export interface PolicyTokens {
  /** Log-probabilities under the policy that is trained. */
  readonly logProbabilities: readonly number[];
  /** Under the policy that wrote the completion. */
  readonly oldLogProbabilities: readonly number[];
  /** Under the reference; null where beta is 0. */
  readonly referenceLogProbabilities: readonly number[] | null;
  readonly advantage: number;
}

export interface PolicyLoss {
  readonly loss: number;
  /** dLoss / dLogProbability, per completion and token. */
  readonly gradients: readonly (readonly number[])[];
  /** Share of tokens whose ratio is clipped, so that they teach nothing: TRL's `clip_ratio/region_mean`. */
  readonly clipRatio: number;
  /** Mean over tokens of the KL estimate (k3); 0 without a reference. */
  readonly kl: number;
}

/** Schulman's k3 of KL(policy || reference) at one token: exp(d) - d - 1 with d = log reference - log policy; >= 0. */
export const klEstimate = (logProbability: number, reference: number): number =>
  Math.expm1(reference - logProbability) - (reference - logProbability);

interface TokenTerm {
  readonly loss: number;
  readonly gradient: number;
  readonly isClipped: boolean;
  readonly kl: number;
}

/** Completions without tokens are refused: they have no mean. */
export function policyLoss(completions: readonly PolicyTokens[], options: PolicyLossOptions): PolicyLoss {
  const lengths = completions.map(({ logProbabilities }) => logProbabilities.length);
  if (lengths.length === 0 || lengths.includes(0)) throw new Error('Every completion needs at least one token.');
  const total = lengths.reduce((sum, length) => sum + length, 0);
  const terms = completions.map((completion) =>
    completion.logProbabilities.map((_, token) => tokenTerm(completion, token, options)),
  );
  const weights = lengths.map((length) => weightOf(length, lengths.length, total, options));
  const all = terms.flat();
  return {
    loss: terms.reduce((sum, row, i) => sum + (weights[i] ?? 0) * row.reduce((part, { loss }) => part + loss, 0), 0),
    gradients: terms.map((row, i) => row.map(({ gradient }) => (weights[i] ?? 0) * gradient)),
    clipRatio: all.filter(({ isClipped }) => isClipped).length / total,
    kl: all.reduce((sum, { kl }) => sum + kl, 0) / total,
  };
}

function tokenTerm(completion: PolicyTokens, token: number, options: PolicyLossOptions): TokenTerm {
  const { advantage, logProbabilities, oldLogProbabilities, referenceLogProbabilities } = completion;
  const logProbability = logProbabilities[token] ?? Number.NaN;
  const ratio = Math.exp(logProbability - (oldLogProbabilities[token] ?? Number.NaN));
  const limited = Math.min(1 + options.epsilonHigh, Math.max(1 - options.epsilon, ratio));
  const isClipped = limited * advantage < ratio * advantage;
  const surrogate = -Math.min(ratio * advantage, limited * advantage);
  const slope = isClipped ? 0 : -ratio * advantage;
  const reference = referenceLogProbabilities?.[token];
  if (options.beta === 0 || reference === undefined) return { loss: surrogate, gradient: slope, isClipped, kl: 0 };
  const kl = klEstimate(logProbability, reference);
  const klSlope = -Math.expm1(reference - logProbability);
  return { loss: surrogate + options.beta * kl, gradient: slope + options.beta * klSlope, isClipped, kl };
}

/** What one token of a completion counts. */
function weightOf(length: number, completions: number, total: number, options: PolicyLossOptions): number {
  switch (options.lossType) {
    case 'grpo':
      return 1 / (completions * length);
    case 'dapo':
      return 1 / total;
    case 'dr_grpo':
      return 1 / (completions * options.maxCompletionLength);
    default:
      return options.lossType satisfies never;
  }
}
