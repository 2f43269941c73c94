/** From logits to tokens inside a graph: temperature, top-k, top-p and one number by chance per row. Has no gradient. */
import * as tf from '../tf.ts';

export interface SamplingInputs {
  /** [n, V]. */
  readonly logits: tf.Tensor;
  /** [n, 1], above 0. */
  readonly temperature: tf.Tensor;
  /** [n, 1] in [0, 1): the only chance there is. */
  readonly uniform: tf.Tensor;
  /** [n, 1]: how far below the largest logit a token may lie; 0 leaves the likeliest, greedy with `uniform` 0. */
  readonly reach: tf.Tensor;
  /** Left out, no row is cut. */
  readonly cuts?: Cuts;
}

export interface Cuts {
  /** [n, 1]: the k likeliest tokens; V for all. */
  readonly topK: tf.Tensor;
  /** [n, 1]: the smallest set of them whose probabilities add up to this; 2 for all. */
  readonly topP: tf.Tensor;
}

/** Below this a weight is 0 in float32. */
const LOWEST = -104;
/** Halvings of the range from `LOWEST` to 0 until a bound is as exact as float32. */
const HALVINGS = 30;
/** The largest share of the whole that a row looks for, so that rounding never leads behind the last token. */
const LARGEST_SHARE = 1 - 2 ** -22;

/**
 * token [n, 1] as float32, and the logarithm of the probability that the model itself gives it, [n, 1] (before temperature
 * and cuts). Tokens that are equally likely are kept or cut together; a row that is not finite has a log-probability that is not.
 */
export const sampled = (inputs: SamplingInputs): { readonly token: tf.Tensor; readonly logProbability: tf.Tensor } => {
  const { logits, temperature, uniform, reach, cuts } = inputs;
  const [, vocabulary = 0] = logits.shape;
  const shifted = tf.sub(logits, tf.max(logits, 1, true));
  const scaled = tf.div(shifted, temperature);
  const all = onlyFrom(scaled, tf.neg(reach), tf.exp(scaled));
  const weights = cuts ? cut(scaled, all, cuts) : all;
  const token = drawn(weights, uniform);
  const isChosen = tf.equal(tf.reshape(tf.range(0, vocabulary, 1, 'float32'), [1, vocabulary]), token);
  const chosen = tf.sum(tf.where(isChosen, shifted, tf.zerosLike(shifted)), 1, true);
  return { token, logProbability: tf.sub(chosen, tf.log(tf.sum(tf.exp(shifted), 1, true))) };
};

/** How many tokens end at or before the place that `uniform` points at. */
const drawn = (weights: tf.Tensor, uniform: tf.Tensor): tf.Tensor => {
  const [rows = 0, vocabulary = 0] = weights.shape;
  const ends = tf.cumsum(weights, 1);
  const total = tf.slice(ends, [0, vocabulary - 1], [rows, 1]);
  const place = tf.mul(total, tf.minimum(uniform, LARGEST_SHARE));
  return tf.sum(tf.cast(tf.lessEqual(ends, place), 'float32'), 1, true);
};

/** The weights of the tokens that both cuts leave. */
const cut = (scaled: tf.Tensor, weights: tf.Tensor, { topK, topP }: Cuts): tf.Tensor => {
  const counted = tf.cast(tf.greater(weights, 0), 'float32');
  const likeliest = onlyFrom(scaled, highestBound(scaled, counted, topK), weights);
  const mass = tf.mul(topP, tf.sum(likeliest, 1, true));
  return onlyFrom(scaled, highestBound(scaled, likeliest, mass), likeliest);
};

/** The highest bound [n, 1] from which on the amounts add up to at least `wanted`; `LOWEST` where none does. */
const highestBound = (scaled: tf.Tensor, amounts: tf.Tensor, wanted: tf.Tensor): tf.Tensor => {
  let low: tf.Tensor = tf.fill(wanted.shape, LOWEST);
  let step = -LOWEST / 2;
  for (let halving = 0; halving < HALVINGS; halving++, step /= 2) {
    const middle = tf.add(low, step);
    const isEnough = tf.greaterEqual(tf.sum(onlyFrom(scaled, middle, amounts), 1, true), wanted);
    low = tf.where(isEnough, middle, low);
  }
  return low;
};

/** The amounts where `scaled` reaches the bound [n, 1], and 0 elsewhere. */
const onlyFrom = (scaled: tf.Tensor, bound: tf.Tensor, amounts: tf.Tensor): tf.Tensor =>
  tf.where(tf.greaterEqual(scaled, bound), amounts, tf.zerosLike(amounts));
