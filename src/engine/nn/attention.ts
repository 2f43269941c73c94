/** Causal grouped-query attention over whole sequences (training) and over a cache (one new token per slot). */
import { attentionBlocks } from '../../config/attentionBlocks.ts';
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
export const HIDDEN = -1e9;

/** Scores that a causal model may not use: 0 on and below the diagonal, very low above, [T, T]. */
export const causalMask = (length: number): tf.Tensor =>
  tf.tensor(
    Float32Array.from({ length: length * length }, (_, i) => (i % length > Math.floor(i / length) ? HIDDEN : 0)),
    [length, length],
  );

/** q [B, T, queryHeads*d], k and v [B, T, keyValueHeads*d], mask [T, T] or [B, 1, 1, T, T] (never less than causal) -> [B, T, queryHeads*d]. */
export const attention = (
  q: tf.Tensor,
  k: tf.Tensor,
  v: tf.Tensor,
  mask: tf.Tensor,
  heads: Heads,
  shortestBlock?: number,
): tf.Tensor => {
  const [batch = 0, length = 0] = q.shape;
  const { queryHeads, keyValueHeads, headDim } = heads;
  const apart = (x: tf.Tensor, count: number): tf.Tensor =>
    tf.transpose(tf.reshape(x, [batch, length, count, headDim]), [0, 2, 1, 3]); // [B, count, T, d]
  const [group, turned] = [queryHeads / keyValueHeads, apart(q, queryHeads)];
  const mixed = softAttention(
    group === 1 ? turned : tf.reshape(turned, [batch, keyValueHeads, group, length, headDim]),
    apart(k, keyValueHeads),
    apart(v, keyValueHeads),
    mask,
    blocksOf(length, shortestBlock),
  );
  const together = tf.transpose(tf.reshape(mixed, [batch, queryHeads, length, headDim]), [0, 2, 1, 3]);
  return tf.reshape(together, [batch, length, queryHeads * headDim]);
};

/**
 * q [B, K, G, T, d], k and v [B, K, T, d], mask as above -> [B, K, G, T, d]. The gradient keeps the probabilities only.
 * Where each key head has one query head, the axis of G is left out here and below: every reshape would be a kernel.
 */
const softAttention = (
  q: tf.Tensor,
  k: tf.Tensor,
  v: tf.Tensor,
  mask: tf.Tensor,
  blocks: readonly Block[],
): tf.Tensor => {
  const [length = 0, width = 1] = q.shape.slice(-2);
  const alpha = 1 / Math.sqrt(width);
  return withGradient([q, k, v], {
    forward: () => {
      const weights = blocks.map((block) =>
        weightsOf(queries(q, block), earlier(k, block), maskOf(mask, block), alpha),
      );
      const mixed = blocks.map((block, i) => product(at(weights, i), earlier(v, block)));
      const value = joined(mixed, q.shape);
      return { value, saved: [q, k, v, value, ...weights] };
    },
    backward: (dy, [query, keys, values, value, ...weights]) => {
      if (!query || !keys || !values || !value) throw new Error('Attention kept too little for its gradient.');
      // The mean of dWeights under the weights is that of dy under the value: [.., T, d] instead of [.., T, T].
      const mean = tf.sum(tf.mul(dy, value), -1, true);
      const [dq, dk, dv]: [tf.Tensor[], tf.Tensor[], tf.Tensor[]] = [[], [], []];
      blocks.forEach((block, i) => {
        const dyRows = queries(dy, block);
        const dWeights = product(dyRows, earlier(values, block), { transposeB: true });
        const dScores = tf.mul(at(weights, i), tf.sub(dWeights, queries(mean, block)));
        dq.push(product(dScores, earlier(keys, block), { alpha }));
        dk.push(product(dScores, queries(query, block), { transposeA: true, alpha }));
        dv.push(product(at(weights, i), dyRows, { transposeA: true }));
      });
      return [joined(dq, query.shape), summed(dk, length), summed(dv, length)];
    },
  });
};

/** Queries from `start` to before `end`, which look at keys before `end`: what lies behind a block is not computed. */
interface Block {
  readonly start: number;
  readonly end: number;
}

const blocksOf = (length: number, shortest?: number): readonly Block[] => {
  const count = attentionBlocks(length, shortest);
  const step = Math.ceil(length / count);
  return Array.from({ length: Math.ceil(length / step) }, (_, i) => ({
    start: i * step,
    end: Math.min(length, (i + 1) * step),
  }));
};

const at = (tensors: readonly tf.Tensor[], index: number): tf.Tensor => {
  const found = tensors[index];
  if (!found) throw new Error(`Attention has no block ${index}.`);
  return found;
};

/** x [B, K, G, T, d] -> the block's rows [B, K, G*rows, d]. */
const queries = (x: tf.Tensor, { start, end }: Block): tf.Tensor => {
  const rows = between(x, start, end);
  const [batch = 0, heads = 0] = rows.shape;
  return tf.reshape(rows, [batch, heads, -1, rows.shape.at(-1) ?? 0]);
};

/** x [B, K, T, d] -> what the block may look at, [B, K, end, d]. */
const earlier = (x: tf.Tensor, { end }: Block): tf.Tensor => between(x, 0, end);

/** x [.., T, d] -> the times from `start` to before `end`. */
const between = (x: tf.Tensor, start: number, end: number): tf.Tensor => {
  const time = x.rank - 2;
  return tf.slice(
    x,
    x.shape.map((_, axis) => (axis === time ? start : 0)),
    x.shape.map((size, axis) => (axis === time ? end - start : size)),
  );
};

/** mask [.., T, T] -> the block's part [.., rows, end]. */
const maskOf = (mask: tf.Tensor, { start, end }: Block): tf.Tensor => {
  const before = mask.shape.slice(0, -2);
  return tf.slice(mask, [...before.map(() => 0), start, 0], [...before, end - start, end]);
};

/** q [B, K, G*rows, d], k [B, K, keys, d], mask [.., rows, keys] for each of the G query heads -> [B, K, G*rows, keys]. */
const weightsOf = (q: tf.Tensor, k: tf.Tensor, mask: tf.Tensor, alpha: number): tf.Tensor => {
  const scores = product(q, k, { transposeB: true, alpha });
  const [batch = 0, heads = 0, all = 0, keys = 0] = scores.shape;
  const rows = mask.shape.at(-2) ?? 1;
  if (all === rows) return tf.softmax(tf.add(scores, mask.rank === 5 ? tf.squeeze(mask, [2]) : mask));
  const apart = tf.reshape(scores, [batch, heads, all / rows, rows, keys]);
  return tf.softmax(tf.reshape(tf.add(apart, mask), scores.shape));
};

/** The blocks' rows [B, K, G*rows, d] one after the other -> `shape` [B, K, G, T, d]. */
const joined = (parts: readonly tf.Tensor[], shape: readonly number[]): tf.Tensor => {
  const [before, width] = [shape.slice(0, -2), shape.at(-1) ?? 0];
  return tf.concat(
    parts.map((part) => tf.reshape(part, [...before, -1, width])),
    before.length,
  );
};

/** [B, K, end, d] of growing ends, added up -> [B, K, length, d]. */
const summed = (parts: readonly tf.Tensor[], length: number): tf.Tensor =>
  lengthened(
    parts.reduce((sum, part) => tf.add(lengthened(sum, part.shape[2] ?? 0), part)),
    length,
  );

const lengthened = (x: tf.Tensor, length: number): tf.Tensor => {
  const missing = length - (x.shape[2] ?? 0);
  const none: [number, number] = [0, 0];
  return missing === 0 ? x : tf.pad(x, [none, none, [0, missing], none]);
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
  // ONNX Runtime reads a cache twice as fast in a product without a factor.
  const scaled = tf.mul(q, 1 / Math.sqrt(headDim));
  const grouped = tf.reshape(scaled, [slots, keyValueHeads, queryHeads / keyValueHeads, headDim]);
  const earlier = tf.add(product(grouped, cachedK, { transposeB: true }), mask); // [n, K, G, T]
  const own = tf.sum(tf.mul(grouped, k), -1, true); // [n, K, G, 1]
  const [weights, ownWeight] = tf.split(tf.softmax(tf.concat([earlier, own], 3)), [length, 1], 3) as [
    tf.Tensor,
    tf.Tensor,
  ];
  const mixed = tf.add(product(weights, cachedV), tf.mul(ownWeight, v));
  return tf.reshape(mixed, [slots, queryHeads * headDim]);
};
