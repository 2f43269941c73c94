/** Attention of one new token per slot over a cache whose last time is free for it: ONNX Runtime's GroupQueryAttention, or the same in tfjs. */
import * as tf from '../tf.ts';
import type { Heads } from './attention.ts';
import { fused } from './gradient.ts';
import { product } from './product.ts';
import { softCap } from './softCap.ts';

export interface CacheAttention {
  /** [n, queryHeads*d] of the new token of each slot. */
  readonly q: tf.Tensor;
  /** [n, keyValueHeads*d] of the new token. */
  readonly k: tf.Tensor;
  readonly v: tf.Tensor;
  /** [n, keyValueHeads, T, d]; time T - 1 holds no token. */
  readonly keys: tf.Tensor;
  readonly values: tf.Tensor;
  /** [n, 1, 1, T] of earlier tokens (`cacheMask`). */
  readonly mask: tf.Tensor;
  /** Of the scores; null for none. */
  readonly cap: number | null;
}

export interface Attended {
  /** [n, queryHeads*d] */
  readonly mixed: tf.Tensor;
  /** The cache with the new token at time T - 1. An executor computes it into the memory of the cache that was given. */
  readonly keys: tf.Tensor;
  readonly values: tf.Tensor;
}

/** The kernel wants heads of whole vectors. */
const VECTOR = 8;

/** As `decodeAttention`, in few kernels: the cache is read from end to end. Has no gradient. */
export const cacheAttention = (input: CacheAttention, heads: Heads): Attended => {
  const { q, keys } = input;
  const [, , length = 0] = keys.shape;
  const isEarlier = tf.tensor(Float32Array.from({ length }, (_, time) => Number(time < length - 1)));
  // A product without a factor reads the cache twice as fast.
  const scaled = tf.mul(q, 1 / Math.sqrt(heads.headDim));
  const ready = { ...input, q: scaled, mask: tf.mul(input.mask, isEarlier) };
  const [mixed, allKeys, allValues] =
    (heads.headDim % VECTOR === 0 ? inOne(ready, heads) : null) ?? composite(ready, heads);
  if (!mixed || !allKeys || !allValues) throw new Error('Attention over a cache gives what it found, keys and values.');
  return { mixed: tf.reshape(mixed, q.shape), keys: allKeys, values: allValues };
};

const inOne = (
  { q, k, v, keys, values, mask, cap }: CacheAttention,
  { queryHeads, keyValueHeads }: Heads,
): readonly tf.Tensor[] | null => {
  const row = (x: tf.Tensor): tf.Tensor => tf.expandDims(x, 1); // [n, 1, heads*d]
  const inputs = { q: row(q), k: row(k), v: row(v), keys, values, mask };
  return fused('GroupQueryAttention', inputs, { queryHeads, keyValueHeads, cap: cap ?? 0 });
};

const composite = (
  { q, k, v, keys, values, mask, cap }: CacheAttention,
  { queryHeads, keyValueHeads, headDim }: Heads,
): readonly tf.Tensor[] => {
  const [slots = 0, , length = 0] = keys.shape;
  const isLast = tf.equal(tf.range(0, length, 1, 'int32'), tf.scalar(length - 1, 'int32'));
  const taken = (cache: tf.Tensor, x: tf.Tensor): tf.Tensor =>
    tf.where(tf.reshape(isLast, [1, 1, length, 1]), tf.reshape(x, [slots, keyValueHeads, 1, headDim]), cache);
  const [allKeys, allValues] = [taken(keys, k), taken(values, v)];
  const grouped = tf.reshape(q, [slots, keyValueHeads, queryHeads / keyValueHeads, headDim]);
  const scores = product(grouped, allKeys, { transposeB: true }); // [n, K, G, T]
  const weights = tf.softmax(tf.add(cap === null ? scores : softCap(scores, cap), mask));
  return [product(weights, allValues), allKeys, allValues];
};
