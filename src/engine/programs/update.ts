/** One optimizer step: clip all gradients by their common length, then AdamW. */
import type { Program, Tensors } from '../executor.ts';
import type { Model, Parameter } from '../families/family.ts';
import { trainedParameters } from '../families/index.ts';
import { adamW, adamWScalars, type AdamWScalars, type AdamWSettings } from '../nn/adamW.ts';
import { clipFactor, globalNorm } from '../nn/clip.ts';
import * as tf from '../tf.ts';
import { firstMomentName, gradientName, secondMomentName } from './names.ts';
import { tensor } from './tensors.ts';

export interface UpdateSettings extends AdamWSettings {
  readonly maxGradNorm: number;
  /** Whether the gradients carry a loss scale, which the input `loss_scale` [] then takes off. */
  readonly isScaled?: boolean;
}

/**
 * Inputs: `learning_rate` [], `step` [] (1 for the first update), and `loss_scale` [] where the settings say so.
 * Returns `grad_norm` [] before clipping and without the scale; if it is not finite, weights and moments stay as they are.
 */
export const updateProgram = (model: Model, settings: UpdateSettings): Program => {
  const weights = trainedParameters(model).map(({ name }) => name);
  const written = [...weights, ...weights.map(firstMomentName), ...weights.map(secondMomentName)];
  return {
    name: 'update',
    inputs: [
      { name: 'learning_rate', shape: [], dtype: 'float32' },
      { name: 'step', shape: [], dtype: 'float32' },
      ...(settings.isScaled ? [{ name: 'loss_scale', shape: [], dtype: 'float32' } as const] : []),
    ],
    reads: [...written, ...weights.map(gradientName)],
    writes: written,
    appends: [],
    returns: ['grad_norm'],
    guard: 'grad_norm',
    body: (tensors) => update(model, settings, tensors),
  };
};

const update = (model: Model, settings: UpdateSettings, tensors: Tensors): Record<string, tf.Tensor> => {
  const scaled = globalNorm(trainedParameters(model).map(({ name }) => tensor(tensors, gradientName(name))));
  const unscale = (x: tf.Tensor): tf.Tensor => (settings.isScaled ? tf.div(x, tensor(tensors, 'loss_scale')) : x);
  const norm = unscale(scaled);
  const scalars = adamWScalars(settings, {
    learningRate: tensor(tensors, 'learning_rate'),
    step: tensor(tensors, 'step'),
    factor: unscale(clipFactor(norm, settings.maxGradNorm)),
  });
  const updated = trainedParameters(model).map((parameter) => stepOf(parameter, settings, scalars, tensors));
  return Object.assign({ grad_norm: norm }, ...updated);
};

const stepOf = (
  { name, decay }: Parameter,
  { weightDecay }: UpdateSettings,
  scalars: AdamWScalars,
  tensors: Tensors,
): Record<string, tf.Tensor> => {
  const [m, v] = [firstMomentName(name), secondMomentName(name)];
  const before = { weight: tensor(tensors, name), m: tensor(tensors, m), v: tensor(tensors, v) };
  const after = adamW(before, tensor(tensors, gradientName(name)), scalars, decay ? weightDecay : 0);
  return { [name]: after.weight, [m]: after.m, [v]: after.v };
};
