/** One optimizer step: clip all gradients by their common length, then AdamW. */
import type { CompiledProgram, Executor, Program, Tensors } from '../executor.ts';
import type { Model, Parameter } from '../families/family.ts';
import { trainedParameters } from '../families/index.ts';
import { adamW, adamWScalars, type AdamWScalars, type AdamWSettings } from '../nn/adamW.ts';
import { clipFactor, globalNorm } from '../nn/clip.ts';
import * as tf from '../tf.ts';
import { elementwiseProgram } from './elementwise.ts';
import { firstMomentName, gradientName, secondMomentName } from './names.ts';
import { tensor } from './tensors.ts';

export interface UpdateSettings extends AdamWSettings {
  readonly maxGradNorm: number;
  /** Whether the gradients carry a loss scale, which is then taken off. */
  readonly isScaled?: boolean;
}

/**
 * Returns `grad_norm` [], the length of all gradients together, and `clip_factor` [], by which they are to be shortened.
 * Where gradients carry a loss scale, the input `loss_scale` [] is taken off the norm, and by the factor off them.
 */
export const normProgram = (model: Model, maxGradNorm: number, isScaled = false): Program => {
  const gradients = trainedParameters(model).map(({ name }) => gradientName(name));
  return {
    name: 'norm',
    inputs: isScaled ? [{ name: 'loss_scale', shape: [], dtype: 'float32' }] : [],
    reads: gradients,
    writes: [],
    appends: [],
    returns: ['grad_norm', 'clip_factor'],
    body: (tensors) => {
      const unscale = (x: tf.Tensor): tf.Tensor => (isScaled ? tf.div(x, tensor(tensors, 'loss_scale')) : x);
      const norm = unscale(globalNorm(gradients.map((name) => tensor(tensors, name))));
      return { grad_norm: norm, clip_factor: unscale(clipFactor(norm, maxGradNorm)) };
    },
  };
};

/**
 * AdamW over the trained weights that decay, or over the others.
 * Inputs: `learning_rate` [], `step` [] (1 for the first update), `clip_factor` [] (multiplies the gradients).
 */
export const updateProgram = (model: Model, settings: AdamWSettings, isDecaying: boolean): Program => {
  const own = isDecaying ? settings : { ...settings, weightDecay: 0 };
  return elementwiseProgram(isDecaying ? 'update/decaying' : 'update', ['learning_rate', 'step', 'clip_factor'], {
    over: trainedParameters(model)
      .filter(({ decay }) => decay === isDecaying)
      .map(tensorsOf),
    writes: ['weight', 'm', 'v'],
    shared: (inputs) => ({ ...scalars(inputs, own) }),
    body: (tensors) => update(tensors, own),
  });
};

const tensorsOf = ({ name }: Parameter) => ({
  weight: name,
  m: firstMomentName(name),
  v: secondMomentName(name),
  gradient: gradientName(name),
});

const scalars = (inputs: Tensors, settings: AdamWSettings): AdamWScalars =>
  adamWScalars(settings, {
    learningRate: tensor(inputs, 'learning_rate'),
    step: tensor(inputs, 'step'),
    factor: tensor(inputs, 'clip_factor'),
  });

const update = (tensors: Tensors, settings: AdamWSettings): Record<string, tf.Tensor> => {
  const of = (name: string): tf.Tensor => tensor(tensors, name);
  const [take1, take2, stride, epsilon, keep] = [of('take1'), of('take2'), of('stride'), of('epsilon'), of('keep')];
  const before = { weight: of('weight'), m: of('m'), v: of('v') };
  return { ...adamW(before, of('gradient'), { take1, take2, stride, epsilon, keep }, settings) };
};

/** The norm first, so that a gradient that is not finite is found before anything is written. */
export class Updater {
  readonly #norm: CompiledProgram;
  readonly #updates: readonly CompiledProgram[];

  readonly #isScaled: boolean;

  private constructor(norm: CompiledProgram, updates: readonly CompiledProgram[], isScaled: boolean) {
    this.#norm = norm;
    this.#updates = updates;
    this.#isScaled = isScaled;
  }

  /** For a model whose weights, gradients and moments are allocated. */
  static async open(executor: Executor, model: Model, settings: UpdateSettings): Promise<Updater> {
    const norm = await executor.compile(normProgram(model, settings.maxGradNorm, settings.isScaled));
    const updates: CompiledProgram[] = [];
    for (const isDecaying of [true, false])
      if (trainedParameters(model).some(({ decay }) => decay === isDecaying))
        updates.push(await executor.compile(updateProgram(model, settings, isDecaying)));
    return new Updater(norm, updates, settings.isScaled ?? false);
  }

  /**
   * Step `step` (1 for the first one). The length of the gradients before clipping; where it is not finite, weights and
   * moments stay as they are. `lossScale` is the factor that scaled gradients carry. Where memory runs out on the way, some are of this step and some of the last: the run must end.
   */
  async run(step: number, learningRate: number, lossScale = 1): Promise<number> {
    const scale = this.#isScaled ? { loss_scale: Float32Array.of(lossScale) } : {};
    const { grad_norm: norm, clip_factor: factor } = await this.#norm.run(scale);
    const length = norm?.[0] ?? NaN;
    if (!Number.isFinite(length) || !factor) return length;
    const inputs = {
      learning_rate: Float32Array.of(learningRate),
      step: Float32Array.of(step),
      clip_factor: factor,
    };
    for (const update of this.#updates) await update.run(inputs);
    return length;
  }

  async dispose(): Promise<void> {
    await this.#norm.dispose();
    for (const update of this.#updates) await update.dispose();
  }
}
