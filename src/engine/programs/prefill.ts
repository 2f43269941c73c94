/** Reads a prompt in one pass, and puts what was read into as many slots as want it. */
import type { Program, Tensors } from '../executor.ts';
import type { Decoded, Model } from '../families/family.ts';
import type * as tf from '../tf.ts';
import { keysName, promptKeysName, promptValuesName, valuesName } from './names.ts';
import { tensor } from './tensors.ts';

/**
 * Inputs: `ids` int32 [1, P] (the prompt, any valid ids behind it), `last` int32 [1] (index of the prompt's last token).
 * Returns `logits` [1, V] of the last token. Writes the prompt state of length P (`allocatePrompt`). Nothing else decides the
 * result: the same prompt gives the same bits.
 */
export const prefillProgram = (model: Model, length: number): Program => ({
  name: `prefill/${length}`,
  inputs: [
    { name: 'ids', shape: [1, length], dtype: 'int32' },
    { name: 'last', shape: [1], dtype: 'int32' },
  ],
  reads: model.parameters.map(({ name }) => name),
  writes: promptStates(model, length).map(({ prompt }) => prompt),
  appends: [],
  returns: ['logits'],
  body: (tensors) => {
    const decoded = model.prefill(tensors, { ids: tensor(tensors, 'ids'), last: tensor(tensors, 'last') });
    return { logits: decoded.logits, ...written(decoded, length) };
  },
});

/** Input: `slot` int32 [1], `at` int32 [1] (0). Puts the prompt state of length P into a slot of the cache, which must be as long. */
export const placeProgram = (model: Model, length: number): Program => {
  const states = promptStates(model, length);
  return {
    name: `place/${length}`,
    inputs: [
      { name: 'slot', shape: [1], dtype: 'int32' },
      { name: 'at', shape: [1], dtype: 'int32' },
    ],
    reads: states.map(({ prompt }) => prompt),
    writes: [],
    appends: states.map(({ prompt, cache }) => ({ state: cache, output: `${prompt}.placed`, at: 'at', slots: 'slot' })),
    returns: [],
    body: (tensors: Tensors) =>
      Object.fromEntries(states.map(({ prompt }) => [`${prompt}.placed`, tensor(tensors, prompt)])),
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
