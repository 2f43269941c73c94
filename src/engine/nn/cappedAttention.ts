/** Attention whose scores are capped before the mask (Gemma 2): as attention.ts, with tfjs's own gradients, as hardly any model asks for it. */
import * as tf from '../tf.ts';
import type { DecodeAttention, Heads } from './attention.ts';
import { softCap } from './softCap.ts';

/** q [B, T, queryHeads*d], k and v [B, T, keyValueHeads*d], mask [T, T] or [B, 1, 1, T, T] -> [B, T, queryHeads*d]. */
export const cappedAttention = (
  q: tf.Tensor,
  k: tf.Tensor,
  v: tf.Tensor,
  mask: tf.Tensor,
  { queryHeads, keyValueHeads, headDim }: Heads,
  cap: number,
): tf.Tensor => {
  const [batch = 0, length = 0] = q.shape;
  const group = queryHeads / keyValueHeads;
  const apart = (x: tf.Tensor, count: number): tf.Tensor =>
    tf.transpose(tf.reshape(x, [batch, length, count, headDim]), [0, 2, 1, 3]);
  const queries = tf.reshape(apart(q, queryHeads), [batch, keyValueHeads, group * length, headDim]);
  const scores = tf.matMul(queries, apart(k, keyValueHeads), false, true); // [B, K, G*T, T]
  const capped = softCap(tf.mul(scores, 1 / Math.sqrt(headDim)), cap);
  const masked = tf.add(tf.reshape(capped, [batch, keyValueHeads, group, length, length]), mask);
  const weights = tf.reshape(tf.softmax(masked), [batch, keyValueHeads, group * length, length]);
  const mixed = tf.matMul(weights, apart(v, keyValueHeads)); // [B, K, G*T, d]
  const together = tf.transpose(tf.reshape(mixed, [batch, queryHeads, length, headDim]), [0, 2, 1, 3]);
  return tf.reshape(together, [batch, length, queryHeads * headDim]);
};

/** As `decodeAttention`, with capped scores. Has no gradient. */
export const cappedDecodeAttention = (
  { q, k, v, cachedK, cachedV, mask }: DecodeAttention,
  { queryHeads, keyValueHeads, headDim }: Heads,
  cap: number,
): tf.Tensor => {
  const [slots = 0] = q.shape;
  const [, , length = 0] = cachedK.shape;
  const scaled = tf.mul(q, 1 / Math.sqrt(headDim));
  const grouped = tf.reshape(scaled, [slots, keyValueHeads, queryHeads / keyValueHeads, headDim]);
  const earlier = tf.add(softCap(tf.matMul(grouped, cachedK, false, true), cap), mask); // [n, K, G, T]
  const own = softCap(tf.sum(tf.mul(grouped, k), -1, true), cap); // [n, K, G, 1]
  const weights = tf.softmax(tf.concat([earlier, own], 3));
  const [before, itself] = tf.split(weights, [length, 1], 3) as [tf.Tensor, tf.Tensor];
  return tf.reshape(tf.add(tf.matMul(before, cachedV), tf.mul(itself, v)), [slots, queryHeads * headDim]);
};
