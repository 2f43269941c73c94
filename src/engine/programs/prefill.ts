/** Reads prompts in one pass, and puts what was read into as many slots as want it. */
import type { Program, Tensors } from '../executor.ts';
import type { Decoded, Model } from '../families/family.ts';
import * as tf from '../tf.ts';
import { keysName, promptKeysName, promptLogitsName, promptValuesName, valuesName } from './names.ts';
import { tensor } from './tensors.ts';

/** How many prompts a pass reads, and how long they are with their padding. */
export interface PromptShape {
  readonly rows: number;
  readonly length: number;
}

/**
 * Inputs: `ids` int32 [rows, length] (prompts, any valid ids behind them and in rows to spare), `last` int32 [rows] (where in
 * the flattened ids each prompt ends). Returns `logits` [rows, V] of the last tokens, or with `isKept` writes them into the
 * prompt state. Writes the prompt state of this shape (`allocatePrompt`). A row's result depends on its prompt alone.
 */
export const prefillProgram = (model: Model, { rows, length }: PromptShape, isKept = false): Program => ({
  name: `prefill/${rows}x${length}`,
  inputs: [
    { name: 'ids', shape: [rows, length], dtype: 'int32' },
    { name: 'last', shape: [rows], dtype: 'int32' },
  ],
  reads: model.parameters.map(({ name }) => name),
  writes: [...promptStates(model, length).map(({ prompt }) => prompt), ...(isKept ? [promptLogitsName(length)] : [])],
  appends: [],
  returns: isKept ? [] : ['logits'],
  body: (tensors) => {
    const decoded = model.prefill(tensors, { ids: tensor(tensors, 'ids'), last: tensor(tensors, 'last') });
    return { [isKept ? promptLogitsName(length) : 'logits']: decoded.logits, ...written(decoded, length) };
  },
});

/**
 * Inputs, int32 [rows]: `from` (a row of the prompt state), `slot` (of the cache, which must be as long), `at` (0, or -1 to put
 * nothing there).
 */
export const placeProgram = (model: Model, { rows, length }: PromptShape): Program => {
  const states = promptStates(model, length);
  return {
    name: `place/${rows}x${length}`,
    inputs: ['from', 'slot', 'at'].map((name) => ({ name, shape: [rows], dtype: 'int32' })),
    reads: states.map(({ prompt }) => prompt),
    writes: [],
    appends: states.map(({ prompt, cache }) => ({ state: cache, output: `${prompt}.placed`, at: 'at', slots: 'slot' })),
    returns: [],
    body: (tensors: Tensors) =>
      Object.fromEntries(
        states.map(({ prompt }) => [`${prompt}.placed`, tf.gather(tensor(tensors, prompt), tensor(tensors, 'from'))]),
      ),
  };
};

interface PromptState {
  readonly prompt: string;
  readonly cache: string;
}

/** The prompt state of a padded length, beside the cache that it goes into. */
export const promptStates = (model: Model, length: number): readonly PromptState[] =>
  Array.from({ length: model.cache.layers }, (_, layer) => [
    { prompt: promptKeysName(length, layer), cache: keysName(layer) },
    { prompt: promptValuesName(length, layer), cache: valuesName(layer) },
  ]).flat();

const written = ({ added }: Decoded, length: number): Record<string, tf.Tensor> =>
  Object.fromEntries(
    added.flatMap(({ keys, values }, layer) => [
      [promptKeysName(length, layer), keys] as const,
      [promptValuesName(length, layer), values] as const,
    ]),
  );
