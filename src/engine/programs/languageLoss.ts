/** The loss of next tokens over whole sequences, in as little memory as the settings ask for. */
import type { Tensors } from '../executor.ts';
import type { Model, Packing } from '../families/family.ts';
import { crossEntropy } from '../nn/crossEntropy.ts';
import { recomputed } from '../nn/recompute.ts';
import * as tf from '../tf.ts';
import { tensor } from './tensors.ts';

export interface LossSettings {
  /** Keep of each block only what goes in, and compute the rest again for the gradient. */
  readonly isRecomputed?: boolean;
  /** Most logits (rows times vocabulary) that exist at once; more are computed in chunks of rows, and again for the gradient. */
  readonly mostLogits?: number;
}

/** 128 MB. */
const MOST_LOGITS = 1 << 25;

/** ids int32 [B, T], labels int32 [B*T] -> the sum of the token losses, []. */
export const languageLoss = (
  model: Model,
  weights: Tensors,
  ids: tf.Tensor,
  labels: tf.Tensor,
  { isRecomputed = false, mostLogits = MOST_LOGITS }: LossSettings,
  packing?: Packing,
): tf.Tensor => {
  return lossOf(model, weights, model.trunk(weights, ids, { isRecomputed, packing }), labels, mostLogits);
};

/** The sum of the token losses of each sequence, [B]; has no gradient. */
export const sequenceLosses = (
  model: Model,
  weights: Tensors,
  ids: tf.Tensor,
  labels: tf.Tensor,
  mostLogits = MOST_LOGITS,
): tf.Tensor => {
  const [batch = 0] = ids.shape;
  const hidden = tf.split(model.trunk(weights, ids), batch);
  const targets = tf.split(tf.cast(labels, 'float32'), batch);
  const losses = hidden.map((part, row) =>
    lossOf(model, weights, part, tf.cast(targets[row] ?? labels, 'int32'), mostLogits),
  );
  return tf.stack(losses);
};

/** hidden [n, hidden], labels int32 [n] -> the sum of the token losses, []. */
const lossOf = (
  model: Model,
  weights: Tensors,
  hidden: tf.Tensor,
  labels: tf.Tensor,
  mostLogits: number,
): tf.Tensor => {
  const [rows = 0] = hidden.shape;
  const chunk = Math.max(1, Math.floor(mostLogits / model.vocabSize));
  if (rows <= chunk) return crossEntropy(model.head(weights, hidden), labels);
  const sizes = Array.from({ length: Math.ceil(rows / chunk) }, (_, i) => Math.min(chunk, rows - i * chunk));
  const own = Object.fromEntries(model.headWeights.map((name) => [name, tensor(weights, name)]));
  // As numbers, so that they can depend on what comes later; exact below 2^24.
  const targets = tf.split(tf.cast(labels, 'float32'), sizes);
  return tf
    .split(hidden, sizes)
    .map((part, i) => {
      const from = { 'chunk.hidden': part, 'chunk.labels': targets[i] ?? labels };
      return recomputed({ from, weights: own, fixed: {}, compute: (tensors) => chunkLoss(model, tensors) });
    })
    .reduce((sum, part) => tf.add(sum, part));
};

const chunkLoss = (model: Model, tensors: Tensors): tf.Tensor =>
  crossEntropy(model.head(tensors, tensor(tensors, 'chunk.hidden')), tf.cast(tensor(tensors, 'chunk.labels'), 'int32'));
