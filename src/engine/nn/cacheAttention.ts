/** Attention of one new token per slot over a cache that takes the token in: ONNX Runtime's GroupQueryAttention, or the same in tfjs. */
import * as tf from '../tf.ts';
import { HIDDEN, type Heads } from './attention.ts';
import { fused } from './gradient.ts';
import { product } from './product.ts';
import { softCap } from './softCap.ts';

export interface CacheAttention {
  /** [n, queryHeads*d] of the new token of each slot. */
  readonly q: tf.Tensor;
  /** [n, keyValueHeads*d] of the new token. */
  readonly k: tf.Tensor;
  readonly v: tf.Tensor;
  /** [n, keyValueHeads, T, d]. */
  readonly keys: tf.Tensor;
  readonly values: tf.Tensor;
  /** int32 [n], 0 to T - 1: where each token goes. It sees itself and what lies before it. */
  readonly positions: tf.Tensor;
}

/** What else a score depends on; null for nothing. */
export interface Reach {
  /** A token sees itself and the `window - 1` before it. */
  readonly window: number | null;
  /** Of the scores. */
  readonly cap: number | null;
}

export interface Attended {
  /** [n, queryHeads*d] */
  readonly mixed: tf.Tensor;
  /** The cache with the new token in it; an executor may compute it into the memory of the one that was given. */
  readonly keys: tf.Tensor;
  readonly values: tf.Tensor;
}

/** The kernel wants heads of whole vectors. */
const VECTOR = 8;

/** Has no gradient. What a slot gets depends on what it holds before `positions` alone, not on T. */
export const cacheAttention = (input: CacheAttention, heads: Heads, reach: Reach): Attended => {
  // A product without a factor reads the cache twice as fast.
  const scaled = { ...input, q: tf.mul(input.q, 1 / Math.sqrt(heads.headDim)) };
  const [mixed, keys, values] =
    (heads.headDim % VECTOR === 0 ? inOne(scaled, heads, reach) : null) ?? composite(scaled, heads, reach);
  if (!mixed || !keys || !values) throw new Error('Attention over a cache gives what it found, keys and values.');
  return { mixed: tf.reshape(mixed, input.q.shape), keys, values };
};

const inOne = (
  { q, k, v, keys, values, positions }: CacheAttention,
  { queryHeads, keyValueHeads }: Heads,
  { window, cap }: Reach,
): readonly tf.Tensor[] | null => {
  const row = (x: tf.Tensor): tf.Tensor => tf.expandDims(x, 1); // [n, 1, heads*d]
  const inputs = { q: row(q), k: row(k), v: row(v), keys, values, positions };
  return fused('GroupQueryAttention', inputs, { queryHeads, keyValueHeads, window: window ?? -1, cap: cap ?? 0 });
};

const composite = (
  { q, k, v, keys, values, positions }: CacheAttention,
  { queryHeads, keyValueHeads, headDim }: Heads,
  { window, cap }: Reach,
): readonly tf.Tensor[] => {
  const [slots = 0, , length = 0] = keys.shape;
  const times = tf.range(0, length, 1, 'int32');
  const isOwn = tf.equal(tf.reshape(times, [1, 1, length, 1]), tf.reshape(positions, [slots, 1, 1, 1]));
  const taken = (cache: tf.Tensor, x: tf.Tensor): tf.Tensor =>
    tf.where(isOwn, tf.reshape(x, [slots, keyValueHeads, 1, headDim]), cache);
  const [allKeys, allValues] = [taken(keys, k), taken(values, v)];
  const grouped = tf.reshape(q, [slots, keyValueHeads, queryHeads / keyValueHeads, headDim]);
  const scores = product(grouped, allKeys, { transposeB: true }); // [n, K, G, T]
  const hidden = hiddenTimes(tf.reshape(times, [1, 1, 1, length]), tf.reshape(positions, [slots, 1, 1, 1]), window);
  const weights = tf.softmax(tf.add(cap === null ? scores : softCap(scores, cap), hidden));
  return [product(weights, allValues), allKeys, allValues];
};

/** 0 where `own` sees `times`, very low elsewhere. */
const hiddenTimes = (times: tf.Tensor, own: tf.Tensor, window: number | null): tf.Tensor => {
  const isBefore = tf.lessEqual(times, own);
  const isSeen =
    window === null
      ? isBefore
      : tf.logicalAnd(isBefore, tf.greater(times, tf.sub(own, tf.scalar(window, 'int32'))));
  return tf.mul(tf.sub(1, tf.cast(isSeen, 'float32')), HIDDEN);
};
