/** Causal grouped-query attention over whole sequences (training) and over a cache (one new token per slot). */
import * as tf from '../tf.ts';
import { withGradient } from './gradient.ts';
import { product } from './product.ts';

export interface Heads {
  readonly queryHeads: number;
  /** Divides `queryHeads`; each key/value head serves a run of neighbouring query heads. */
  readonly keyValueHeads: number;
  readonly headDim: number;
}

/** Added to scores that must not count: its exponential is 0 in float32. */
const HIDDEN = -1e9;

/** Scores that a causal model may not use: 0 on and below the diagonal, very low above, [T, T]. */
export const causalMask = (length: number): tf.Tensor =>
  tf.tensor(
    Float32Array.from({ length: length * length }, (_, i) => (i % length > Math.floor(i / length) ? HIDDEN : 0)),
    [length, length],
  );

/** q [B, T, queryHeads*d], k and v [B, T, keyValueHeads*d], mask [T, T] -> [B, T, queryHeads*d]. */
export const attention = (q: tf.Tensor, k: tf.Tensor, v: tf.Tensor, mask: tf.Tensor, heads: Heads): tf.Tensor => {
  const [batch = 0, length = 0] = q.shape;
  const { queryHeads, keyValueHeads, headDim } = heads;
  const apart = (x: tf.Tensor, count: number): tf.Tensor =>
    tf.transpose(tf.reshape(x, [batch, length, count, headDim]), [0, 2, 1, 3]); // [B, count, T, d]
  const rows = (queryHeads / keyValueHeads) * length;
  const grouped = tf.reshape(apart(q, queryHeads), [batch, keyValueHeads, rows, headDim]);
  const mixed = softAttention(grouped, apart(k, keyValueHeads), apart(v, keyValueHeads), mask);
  const together = tf.transpose(tf.reshape(mixed, [batch, queryHeads, length, headDim]), [0, 2, 1, 3]);
  return tf.reshape(together, [batch, length, queryHeads * headDim]);
};

/** q [B, K, G*T, d], k and v [B, K, T, d], mask [T, T] -> [B, K, G*T, d]. The gradient keeps the probabilities only. */
const softAttention = (q: tf.Tensor, k: tf.Tensor, v: tf.Tensor, mask: tf.Tensor): tf.Tensor => {
  const alpha = 1 / Math.sqrt(q.shape.at(-1) ?? 1);
  return withGradient([q, k, v], {
    forward: () => {
      const weights = tf.softmax(masked(product(q, k, { transposeB: true, alpha }), mask));
      const value = product(weights, v);
      return { value, saved: [q, k, v, weights, value] };
    },
    backward: (dy, saved) => {
      const [query, key, values, weights, value] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
      // The mean of dWeights under the weights is that of dy under the value: [.., T, d] instead of [.., T, T].
      const mean = tf.sum(tf.mul(dy, value), -1, true);
      const dScores = tf.mul(weights, tf.sub(product(dy, values, { transposeB: true }), mean));
      return [
        product(dScores, key, { alpha }),
        product(dScores, query, { transposeA: true, alpha }),
        product(weights, dy, { transposeA: true }),
      ];
    },
  });
};

/** scores [B, K, G*T, T] plus mask [T, T] for each of the G query heads of a group. */
const masked = (scores: tf.Tensor, mask: tf.Tensor): tf.Tensor => {
  const [batch = 0, heads = 0, rows = 0, length = 0] = scores.shape;
  const apart = tf.reshape(scores, [batch, heads, rows / length, length, length]);
  return tf.reshape(tf.add(apart, mask), scores.shape);
};

/** Which cached times a slot may look at: 0 before its own position, very low from there on, [n, 1, 1, T]. */
export const cacheMask = (positions: tf.Tensor, cacheLength: number): tf.Tensor => {
  const [slots = 0] = positions.shape;
  const times = tf.reshape(tf.range(0, cacheLength, 1, 'int32'), [1, 1, 1, cacheLength]);
  const isEarlier = tf.less(times, tf.reshape(positions, [slots, 1, 1, 1]));
  return tf.mul(tf.sub(1, tf.cast(isEarlier, 'float32')), HIDDEN);
};

export interface DecodeAttention {
  /** [n, queryHeads*d] of the new token of each slot. */
  readonly q: tf.Tensor;
  /** [n, keyValueHeads, 1, d] of the new token. */
  readonly k: tf.Tensor;
  readonly v: tf.Tensor;
  /** [n, keyValueHeads, T, d] of earlier tokens. */
  readonly cachedK: tf.Tensor;
  readonly cachedV: tf.Tensor;
  /** [n, 1, 1, T], from `cacheMask`. */
  readonly mask: tf.Tensor;
}

/** Each new token looks at the cache of its own slot and at itself -> [n, queryHeads*d]. Has no gradient. */
export const decodeAttention = (input: DecodeAttention, { queryHeads, keyValueHeads, headDim }: Heads): tf.Tensor => {
  const { q, k, v, cachedK, cachedV, mask } = input;
  const [slots = 0] = q.shape;
  const [, , length = 0] = cachedK.shape;
  const alpha = 1 / Math.sqrt(headDim);
  const grouped = tf.reshape(q, [slots, keyValueHeads, queryHeads / keyValueHeads, headDim]);
  const earlier = tf.add(product(grouped, cachedK, { transposeB: true, alpha }), mask); // [n, K, G, T]
  const own = tf.mul(tf.sum(tf.mul(grouped, k), -1, true), alpha); // [n, K, G, 1]
  const [weights, ownWeight] = tf.split(tf.softmax(tf.concat([earlier, own], 3)), [length, 1], 3) as [
    tf.Tensor,
    tf.Tensor,
  ];
  const mixed = tf.add(product(weights, cachedV), tf.mul(ownWeight, v));
  return tf.reshape(mixed, [slots, queryHeads * headDim]);
};
