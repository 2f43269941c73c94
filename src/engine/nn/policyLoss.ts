/**
 * The loss of one token under a group-relative policy gradient: PPO's clipped ratio (Schulman et al. 2017) with two bounds
 * (DAPO's clip-higher, arXiv 2503.14476) and the k3 estimate of the KL divergence (Schulman 2020; GRPO, arXiv 2402.03300).
 */
import * as tf from '../tf.ts';

/** All [n], one entry per token. */
export interface PolicyTokens {
  /** Under the policy that learns. */
  readonly logProbabilities: tf.Tensor;
  /** Under the policy that wrote them. */
  readonly old: tf.Tensor;
  readonly advantages: tf.Tensor;
  /** Under the reference; needed where `beta` is not 0. */
  readonly reference?: tf.Tensor;
}

/** In TRL's words. */
export interface PolicyLossSettings {
  /** The ratio counts as at least 1 - epsilon ... */
  readonly epsilon: number;
  /** ... and at most 1 + epsilonHigh. */
  readonly epsilonHigh: number;
  /** Weight of the KL divergence from the reference. */
  readonly beta: number;
}

export interface PolicyLoss {
  /** [n] */
  readonly loss: tf.Tensor;
  /** k3 of each token, [n]; null without a reference. */
  readonly kl: tf.Tensor | null;
  /** 1 where the ratio lies below its bound and the gradient is cut off, [n]. */
  readonly clippedLow: tf.Tensor;
  /** 1 where it lies above, [n]. */
  readonly clippedHigh: tf.Tensor;
}

export const policyLoss = (tokens: PolicyTokens, { epsilon, epsilonHigh, beta }: PolicyLossSettings): PolicyLoss => {
  const { logProbabilities, old, advantages, reference } = tokens;
  const ratio = tf.exp(tf.sub(logProbabilities, old));
  const within = tf.minimum(tf.maximum(ratio, 1 - epsilon), 1 + epsilonHigh);
  const gain = tf.minimum(tf.mul(ratio, advantages), tf.mul(within, advantages));
  const kl = reference ? k3(logProbabilities, reference) : null;
  return {
    loss: kl === null ? tf.neg(gain) : tf.sub(tf.mul(kl, beta), gain),
    kl,
    clippedLow: both(tf.less(ratio, 1 - epsilon), tf.less(advantages, 0)),
    clippedHigh: both(tf.greater(ratio, 1 + epsilonHigh), tf.greater(advantages, 0)),
  };
};

/** exp(d) - d - 1 with d = log reference - log policy: never negative, and in the mean the KL divergence. */
const k3 = (logProbabilities: tf.Tensor, reference: tf.Tensor): tf.Tensor => {
  const difference = tf.sub(reference, logProbabilities);
  return tf.sub(tf.sub(tf.exp(difference), difference), 1);
};

const both = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => tf.mul(tf.cast(a, 'float32'), tf.cast(b, 'float32'));
