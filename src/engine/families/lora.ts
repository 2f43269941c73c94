/**
 * Low-rank adapters (Hu et al. 2021) with PEFT's names and meaning: beside a frozen W [out, in] stand A [rank, in] and
 * B [out, rank], and W + alpha / rank * B A is what the model computes with. Without dropout.
 */
import type { LoraConfig } from '../../config/schema.ts';
import type { Tensors } from '../executor.ts';
import { ExecutorError } from '../executorError.ts';
import * as tf from '../tf.ts';
import type { Adapters, Model, Parameter } from './family.ts';
import { said } from '../../protocol/sentence.ts';
import type { Json, NamedArray, NamedArrays, SavedAdapter } from '../../protocol/savedState.ts';

/** PEFT writes the adapters of a model under this name. */
const PREFIX = 'base_model.model.';

/** The names of the two matrices beside the one called `target`. */
export const adapterNames = (target: string): { readonly a: string; readonly b: string } => {
  const module = target.replace(/\.weight$/, '');
  return { a: `${module}.lora_A.weight`, b: `${module}.lora_B.weight` };
};

/** The model with all of its own parameters frozen and an adapter beside each target. Throws ExecutorError `badConfig` where it has none. */
export const withAdapters = (model: Model, { rank, alpha, targetModules }: LoraConfig): Model => {
  const adapted = model.parameters.filter(({ name }) => targetModules.some((module) => isOf(module, name)));
  if (adapted.length === 0)
    throw new ExecutorError(
      'badConfig',
      said`No matrix of this ${model.modelType} model is named by training.lora.targetModules (${targetModules.join(', ')}).`,
      'Name at least one of its modules, or leave targetModules out.',
    );
  const scaling = alpha / rank;
  const adapters: Adapters = { rank, alpha, targetModules, targets: adapted.map(({ name }) => name) };
  return {
    ...model,
    ...withWeights(model, (weights) => scaled(weights, adapters.targets, scaling)),
    parameters: [
      ...model.parameters.map((parameter): Parameter => ({ ...parameter, isFrozen: true })),
      ...adapted.flatMap((parameter) => adapterParameters(parameter, rank)),
    ],
    adapters,
  };
};

type Forward = (weights: Tensors, ...rest: unknown[]) => unknown;

/** Every function of the model over other weights. */
const withWeights = (model: Model, change: (weights: Tensors) => Tensors): Partial<Model> =>
  Object.fromEntries(
    Object.entries(model).flatMap(([name, part]: [string, unknown]) => {
      if (typeof part !== 'function') return [];
      const forward: Forward = (weights, ...rest) => (part as Forward)(change(weights), ...rest);
      return [[name, forward]];
    }),
  );

const isOf = (module: string, weight: string): boolean => weight.endsWith(`.${module}.weight`);

/** A starts as PyTorch's linear layers do, B with zeros: an untrained adapter changes nothing. */
const adapterParameters = ({ name, shape }: Parameter, rank: number): readonly Parameter[] => {
  const [out = 0, from = 0] = shape;
  const { a, b } = adapterNames(name);
  return [
    { name: a, shape: [rank, from], init: { kind: 'uniform', bound: 1 / Math.sqrt(from) }, decay: true },
    { name: b, shape: [out, rank], init: { kind: 'zeros' }, decay: true },
  ];
};

/** The weights, or those of them that are given, with alpha / rank in every B, the smaller place to multiply. */
const scaled = (weights: Tensors, targets: readonly string[], scaling: number): Tensors => {
  const stronger = targets.flatMap((target) => {
    const { b } = adapterNames(target);
    const tensor = weights[b];
    return tensor ? [[b, tf.mul(tensor, scaling)] as const] : [];
  });
  return { ...weights, ...Object.fromEntries(stronger) };
};

/** What a checkpoint keeps of an adapted model: the merged weights, and what training goes on from. `base` is where the frozen model came from. */
export const savedAdapted = (
  adapters: Adapters,
  weights: NamedArrays,
  base: string | null,
): { readonly weights: NamedArrays; readonly adapter: SavedAdapter } => {
  const own = adapters.targets.flatMap((target) => Object.values(adapterNames(target)));
  const merged = adapters.targets.map((target) => [target, mergedMatrix(adapters, weights, target)] as const);
  const rest = Object.entries(weights).filter(([name]) => !own.includes(name));
  return {
    weights: { ...Object.fromEntries(rest), ...Object.fromEntries(merged) },
    adapter: {
      config: adapterConfig(adapters, base),
      weights: Object.fromEntries(own.map((name) => [PREFIX + name, arrayOf(weights, name)])),
      base: Object.fromEntries(adapters.targets.map((target) => [target, arrayOf(weights, target)])),
    },
  };
};

/** The weights of an adapted model from those of its checkpoint: bit for bit what was saved. */
export const adaptedWeights = (merged: NamedArrays, { weights, base }: SavedAdapter): NamedArrays => ({
  ...merged,
  ...base,
  ...Object.fromEntries(Object.entries(weights).map(([name, array]) => [name.slice(PREFIX.length), array])),
});

/** W + alpha / rank * B A, summed in 64 bits. */
const mergedMatrix = ({ rank, alpha }: Adapters, weights: NamedArrays, target: string): NamedArray => {
  const names = adapterNames(target);
  const [w, a, b] = [target, names.a, names.b].map((name) => arrayOf(weights, name).values) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const { shape } = arrayOf(weights, target);
  const [out = 0, from = 0] = shape;
  const values = new Float32Array(w.length);
  const row = new Float64Array(from);
  for (let o = 0; o < out; o++) {
    for (let i = 0; i < from; i++) row[i] = w[o * from + i] ?? 0;
    for (let r = 0; r < rank; r++) {
      const factor = (alpha / rank) * (b[o * rank + r] ?? 0);
      for (let i = 0; i < from; i++) row[i] = (row[i] ?? 0) + factor * (a[r * from + i] ?? 0);
    }
    values.set(row, o * from);
  }
  return { shape, values };
};

/** adapter_config.json as PEFT reads it. */
const adapterConfig = ({ rank, alpha, targetModules }: Adapters, base: string | null): SavedAdapter['config'] => {
  const modules: readonly Json[] = targetModules;
  return {
    peft_type: 'LORA',
    task_type: 'CAUSAL_LM',
    base_model_name_or_path: base,
    r: rank,
    lora_alpha: alpha,
    lora_dropout: 0,
    target_modules: modules,
    bias: 'none',
    fan_in_fan_out: false,
    use_rslora: false,
    use_dora: false,
    modules_to_save: null,
    inference_mode: true,
  };
};

const arrayOf = (weights: NamedArrays, name: string): NamedArray => {
  const array = weights[name];
  if (!array) throw new Error(`The weight ${name} is missing.`);
  return array;
};
