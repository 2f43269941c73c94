/** What a model thought at a token, inside a graph: the entropy and the likeliest tokens. Has no gradient. */
import * as tf from '../tf.ts';

export interface TokenDetailTensors {
  /** [n, 1], in nats. */
  readonly entropy: tf.Tensor;
  /** [n, k] as float32, likeliest first; the lower id first where two are equally likely. */
  readonly alternatives: tf.Tensor;
  /** [n, k], natural logarithms. */
  readonly alternativeLogProbabilities: tf.Tensor;
}

/** Lower than any logit that is left. */
const TAKEN = -3e38;

/** Of logits [n, V], before temperature and cuts; `count` is k, from 1 to V. */
export const tokenDetails = (logits: tf.Tensor, count: number): TokenDetailTensors => {
  const [, vocabulary = 0] = logits.shape;
  const shifted = tf.maximum(tf.sub(logits, tf.max(logits, 1, true)), TAKEN / 2);
  const weights = tf.exp(shifted);
  const total = tf.sum(weights, 1, true);
  const normalizer = tf.log(total);
  const mean = tf.div(tf.sum(tf.mul(weights, shifted), 1, true), total);
  const ids = tf.reshape(tf.range(0, vocabulary, 1, 'float32'), [1, vocabulary]);
  const [chosen, values]: [tf.Tensor[], tf.Tensor[]] = [[], []];
  let rest: tf.Tensor = shifted;
  for (let place = 0; place < count; place++) {
    const highest = tf.max(rest, 1, true);
    const id = tf.min(tf.where(tf.equal(rest, highest), ids, tf.fill(rest.shape, vocabulary)), 1, true);
    rest = tf.where(tf.equal(ids, id), tf.fill(rest.shape, TAKEN), rest);
    chosen.push(id);
    values.push(tf.sub(highest, normalizer));
  }
  return {
    entropy: tf.sub(normalizer, mean),
    alternatives: tf.concat(chosen, 1),
    alternativeLogProbabilities: tf.concat(values, 1),
  };
};
