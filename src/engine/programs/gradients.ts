/** Forward and backward pass over one batch; gradients stay in state, where passes of one optimizer step add up. */
import type { Program, Tensors } from '../executor.ts';
import type { Model } from '../families/family.ts';
import { trainedParameters } from '../families/index.ts';
import { languageLoss, type LossSettings } from './languageLoss.ts';
import * as tf from '../tf.ts';
import { gradientName } from './names.ts';
import { flatLabels, tensor } from './tensors.ts';

export interface PassSettings extends LossSettings {
  /** Products in 16 bits; `loss_scale` then carries a factor that keeps small gradients above zero, and so do the gradients. */
  readonly precision?: 'float16';
  /** Whether `accumulate` decides if this pass adds to the gradients that are there; else it replaces them, in less memory. */
  readonly isAdding?: boolean;
  /** Whether rows hold several documents, as `position_ids` and `document_ids` say. */
  readonly isPacked?: boolean;
}

/** What a pass is made to lower, and what it tells beside the loss. */
export interface Objective {
  /** Unique for what it computes: part of the program's name. */
  readonly name: string;
  /** Inputs float32 [B, T] beside `input_ids` and `labels`. */
  readonly inputs: readonly string[];
  /** Sums over the pass that are returned beside `loss`. */
  readonly sums: readonly string[];
  /** Results [B], one of each sequence, that are returned besides. */
  readonly perSequence?: readonly string[];
  /** `loss` [], each of `sums` [] and of `perSequence` [B]; nothing is divided yet. */
  readonly compute: (model: Model, tensors: Tensors, settings: PassSettings) => Record<string, tf.Tensor>;
}

/** The mean loss of next tokens, once it is multiplied by 1 / labelled tokens. */
export const languageObjective: Objective = {
  name: '',
  inputs: [],
  sums: [],
  compute: (model, tensors, settings) => {
    const packing = settings.isPacked
      ? { positions: tensor(tensors, 'position_ids'), documents: tensor(tensors, 'document_ids') }
      : undefined;
    const ids = tensor(tensors, 'input_ids');
    return { loss: languageLoss(model, tensors, ids, flatLabels(tensors), settings, packing) };
  },
};

/**
 * Inputs: `input_ids` and `labels` int32 [B, T] (labels[t] is the token after input_ids[t], -100 is not learned from), those of
 * the objective, `loss_scale` [] (of language modelling 1 / labelled tokens of the whole optimizer step), and where `isAdding`
 * is set `accumulate` [] (0 starts afresh, 1 adds to what is there). Where `isPacked` is set, `position_ids` and `document_ids`
 * int32 [B, T] (see `Packing`).
 * Frozen weights are read and get no gradient. Returns `loss` [], the objective times `loss_scale`, and what the objective tells beside it.
 * Padding belongs to the right, labelled -100: causal attention never looks there, so it needs no mask.
 */
export const gradientsProgram = (
  model: Model,
  batch: number,
  length: number,
  settings: PassSettings = {},
  objective: Objective = languageObjective,
): Program => {
  const { isAdding = false, isPacked = false } = settings;
  const perToken = ['input_ids', 'labels', ...(isPacked ? ['position_ids', 'document_ids'] : [])];
  const weights = trainedParameters(model).map(({ name }) => name);
  return {
    name: `gradients/${objective.name}${batch}x${length}${isPacked ? '/packed' : ''}${isAdding ? '+' : ''}`,
    inputs: [
      ...perToken.map((name) => ({ name, shape: [batch, length], dtype: 'int32' }) as const),
      ...objective.inputs.map((name) => ({ name, shape: [batch, length], dtype: 'float32' }) as const),
      { name: 'loss_scale', shape: [], dtype: 'float32' },
      ...(isAdding ? [{ name: 'accumulate', shape: [], dtype: 'float32' } as const] : []),
    ],
    reads: [...model.parameters.map(({ name }) => name), ...(isAdding ? weights.map(gradientName) : [])],
    writes: weights.map(gradientName),
    ...(isAdding && { overwrites: weights.map(gradientName), afresh: 'accumulate' }),
    appends: [],
    returns: ['loss', ...objective.sums, ...(objective.perSequence ?? [])],
    ...(settings.precision && { precision: settings.precision }),
    body: (tensors) => gradients(model, weights, tensors, settings, objective),
  };
};

const gradients = (
  model: Model,
  weights: readonly string[],
  tensors: Tensors,
  settings: PassSettings,
  objective: Objective,
): Record<string, tf.Tensor> => {
  let sums: Record<string, tf.Tensor> = {};
  const loss = (...values: tf.Tensor[]): tf.Tensor<tf.Rank.R0> => {
    const named = Object.fromEntries(weights.map((name, i) => [name, values[i] ?? tensor(tensors, name)]));
    const { loss: sum, ...told } = objective.compute(model, { ...tensors, ...named }, settings);
    if (!sum) throw new Error(`The objective ${objective.name} computes no loss.`);
    // What is made here is gone when the loss is done, unless it is kept.
    sums = Object.fromEntries(Object.entries(told).map(([name, value]) => [name, tf.keep(value)]));
    return tf.reshape(tf.mul(sum, tensor(tensors, 'loss_scale')), []);
  };
  const { value, grads } = tf.valueAndGrads(loss)(weights.map((name) => tensor(tensors, name)));
  const gradientOf = (name: string, i: number): tf.Tensor => grads[i] ?? tf.zerosLike(tensor(tensors, name));
  const outputs = weights.map((name, i) => [name, gradientOf(name, i)] as const);
  // From the last layer to the first, as they are computed: what a layer keeps is freed when its gradients are added.
  const written = outputs
    .toReversed()
    .map(([name, gradient]) => [
      gradientName(name),
      settings.isAdding ? tf.add(tensor(tensors, gradientName(name)), gradient) : gradient,
    ]);
  return { loss: value, ...sums, ...Object.fromEntries(written) };
};
