/** Puts a model's weights, optimizer and cache into an executor, and reads them back. */
import type { Executor, Owner } from '../executor.ts';
import { ExecutorError } from '../executorError.ts';
import type { Model, Parameter } from '../families/family.ts';
import { trainedParameters } from '../families/index.ts';
import { sameShape } from '../graph/graph.ts';
import {
  cacheNames,
  firstMomentName,
  gradientName,
  promptLogitsName,
  referenceName,
  secondMomentName,
} from './names.ts';
import { type PromptShape, promptStates } from './prefill.ts';
import { said, type Sentence } from '../../protocol/sentence.ts';
import type { NamedArray, NamedArrays } from '../../protocol/savedState.ts';

/** `owner` of the arrays afterwards. Throws ExecutorError `badCheckpoint` naming a weight that is missing, of another shape, or not the model's. */
export const allocateWeights = async (
  executor: Executor,
  model: Model,
  weights: NamedArrays,
  owner: Owner = 'caller',
): Promise<void> => {
  const known = new Set(model.parameters.map(({ name }) => name));
  const stranger = Object.keys(weights).find((name) => !known.has(name));
  if (stranger) throw badWeight(said`The weight ${stranger} is not part of a ${model.modelType} model.`);
  for (const { name, shape } of model.parameters)
    await executor.allocate(name, shape, checked(weights, name, shape), owner);
};

/** The weights that a policy is held against, beside those that learn; of the same model. */
export const allocateReference = async (executor: Executor, model: Model, weights: NamedArrays): Promise<void> => {
  for (const { name, shape } of model.parameters)
    await executor.allocate(referenceName(name), shape, checked(weights, name, shape));
};

export const freeReference = async (executor: Executor, model: Model): Promise<void> => {
  for (const { name } of model.parameters) await executor.free(referenceName(name));
};

/** Gradients and moments of what is trained; moments are zero where `optimizer` has none. `owner` of its arrays afterwards. */
export const allocateTraining = async (
  executor: Executor,
  model: Model,
  optimizer: NamedArrays = {},
  owner: Owner = 'caller',
): Promise<void> => {
  for (const { name, shape } of trainedParameters(model)) {
    await executor.allocate(gradientName(name), shape);
    for (const moment of [firstMomentName(name), secondMomentName(name)])
      await executor.allocate(moment, shape, optimizer[moment] && checked(optimizer, moment, shape), owner);
  }
};

export const freeTraining = async (executor: Executor, model: Model): Promise<void> => {
  for (const { name } of trainedParameters(model))
    for (const state of [gradientName(name), firstMomentName(name), secondMomentName(name)]) await executor.free(state);
};

/** An empty cache for `slots` sequences of up to `cacheLength` tokens. */
export const allocateCache = async (
  executor: Executor,
  model: Model,
  slots: number,
  cacheLength: number,
): Promise<void> => {
  const { heads, headDim } = model.cache;
  for (const name of cacheNames(model)) await executor.allocate(name, [slots, heads, cacheLength, headDim]);
};

/** Lengthens the cache and keeps what it holds; programs of the earlier length no longer run. */
export const growCache = async (executor: Executor, model: Model, cacheLength: number): Promise<void> => {
  for (const name of cacheNames(model)) await executor.grow(name, cacheLength);
};

export const freeCache = async (executor: Executor, model: Model): Promise<void> => {
  for (const name of cacheNames(model)) await executor.free(name);
};

export const readWeights = async (executor: Executor, model: Model): Promise<NamedArrays> =>
  readAll(executor, model.parameters, (name) => [name]);

/** Room for prompts, read by `prefillProgram`; for their logits too. */
export const allocatePrompt = async (
  executor: Executor,
  model: Model,
  { rows, length }: PromptShape,
): Promise<void> => {
  const { heads, headDim } = model.cache;
  for (const { prompt } of promptStates(model, length)) await executor.allocate(prompt, [rows, heads, length, headDim]);
  await executor.allocate(promptLogitsName(length), [rows, model.vocabSize]);
};

export const freePrompt = async (executor: Executor, model: Model, length: number): Promise<void> => {
  for (const { prompt } of promptStates(model, length)) await executor.free(prompt);
  await executor.free(promptLogitsName(length));
};

/** The moments `m.<weight>` and `v.<weight>`. */
export const readOptimizer = async (executor: Executor, model: Model): Promise<NamedArrays> =>
  readAll(executor, trainedParameters(model), (name) => [firstMomentName(name), secondMomentName(name)]);

const readAll = async (
  executor: Executor,
  parameters: readonly Parameter[],
  namesOf: (weight: string) => readonly string[],
): Promise<NamedArrays> => {
  const arrays: Record<string, NamedArray> = {};
  for (const { name: weight, shape } of parameters)
    for (const name of namesOf(weight)) arrays[name] = { shape, values: await executor.read(name) };
  return arrays;
};

const checked = (arrays: NamedArrays, name: string, shape: NamedArray['shape']): Float32Array => {
  const array = arrays[name];
  if (!array) throw badWeight(said`The weight ${name} is missing.`);
  if (!sameShape(array.shape, shape))
    throw badWeight(
      said`The weight ${name} has the shape [${array.shape.join(', ')}], expected [${shape.join(', ')}].`,
    );
  return array.values;
};

const badWeight = (what: Sentence): ExecutorError =>
  new ExecutorError('badCheckpoint', what, 'The checkpoint does not fit its config.json; choose another checkpoint.');
