/** How likely next tokens are over whole sequences, in as little memory as the settings ask for. */
import type { Tensors } from '../executor.ts';
import type { Model, Packing } from '../families/family.ts';
import { crossEntropy } from '../nn/crossEntropy.ts';
import { labelLogProbabilities } from '../nn/labelLogProbabilities.ts';
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
  { isRecomputed = false, ...settings }: LossSettings,
  packing?: Packing,
): tf.Tensor => {
  const hidden = model.trunk(weights, ids, { isRecomputed, packing });
  return inChunks(model, weights, hidden, labels, crossEntropy, settings).reduce((sum, part) => tf.add(sum, part));
};

/** ids int32 [B, T], labels int32 [B*T] -> the log-probability of each label, [B*T]; `temperature` divides the logits. */
export const tokenLogProbabilities = (
  model: Model,
  weights: Tensors,
  ids: tf.Tensor,
  labels: tf.Tensor,
  { temperature, ...settings }: LossSettings & { readonly temperature: number },
): tf.Tensor => {
  const compute = (logits: tf.Tensor, targets: tf.Tensor): tf.Tensor =>
    labelLogProbabilities(temperature === 1 ? logits : tf.div(logits, temperature), targets);
  return tf.concat([...inChunks(model, weights, model.trunk(weights, ids, settings), labels, compute, settings)]);
};

/** What is computed from logits [n, V] and labels int32 [n], over all rows or over chunks of them: hidden is [B*T, hidden]. */
const inChunks = (
  model: Model,
  weights: Tensors,
  hidden: tf.Tensor,
  labels: tf.Tensor,
  compute: (logits: tf.Tensor, labels: tf.Tensor) => tf.Tensor,
  { mostLogits = MOST_LOGITS }: LossSettings,
): readonly tf.Tensor[] => {
  const [rows = 0] = hidden.shape;
  const chunk = Math.max(1, Math.floor(mostLogits / model.vocabSize));
  if (rows <= chunk) return [compute(model.head(weights, hidden), labels)];
  const sizes = Array.from({ length: Math.ceil(rows / chunk) }, (_, i) => Math.min(chunk, rows - i * chunk));
  const own = Object.fromEntries(model.headWeights.map((name) => [name, tensor(weights, name)]));
  // As numbers, so that they can depend on what comes later; exact below 2^24.
  const targets = tf.split(tf.cast(labels, 'float32'), sizes);
  const ofChunk = (tensors: Tensors): tf.Tensor =>
    compute(model.head(tensors, tensor(tensors, 'chunk.hidden')), tf.cast(tensor(tensors, 'chunk.labels'), 'int32'));
  return tf.split(hidden, sizes).map((part, i) => {
    const from = { 'chunk.hidden': part, 'chunk.labels': targets[i] ?? labels };
    return recomputed({ from, weights: own, fixed: {}, compute: ofChunk });
  });
};
