/** One new token for each of n slots, over a cache that holds what the slots have seen. */
import type { Program, Tensors } from '../executor.ts';
import type { Model } from '../families/family.ts';
import type * as tf from '../tf.ts';
import { keysName, nextLogitsName, valuesName } from './names.ts';
import { tensor } from './tensors.ts';

/**
 * Inputs: `ids` int32 [n], `positions` int32 [n] (of these tokens; -1 for an idle slot). Returns `logits` [n, V], or with
 * `isKept` writes them into the state `nextLogitsName`.
 * A slot sees its own cached positions before its own one and itself; slots of different lengths live side by side.
 * The cache must be allocated for `slots` and `cacheLength`; positions must be below both that and the model's limit.
 */
export const decodeProgram = (model: Model, slots: number, cacheLength: number, isKept = false): Program => {
  const layers = Array.from({ length: model.cache.layers }, (_, layer) => layer);
  return {
    name: `decode/${slots}x${cacheLength}`,
    inputs: [
      { name: 'ids', shape: [slots], dtype: 'int32' },
      { name: 'positions', shape: [slots], dtype: 'int32' },
    ],
    reads: [...model.parameters.map(({ name }) => name), ...layers.flatMap((i) => [keysName(i), valuesName(i)])],
    writes: isKept ? [nextLogitsName] : [],
    appends: layers
      .flatMap((i) => [keysName(i), valuesName(i)])
      .map((state) => ({ state, output: addedTo(state), at: 'positions' })),
    returns: isKept ? [] : ['logits'],
    body: (tensors) => decoded(model, cacheLength, isKept ? nextLogitsName : 'logits', tensors),
  };
};

const addedTo = (state: string): string => `${state}.added`;

const decoded = (
  model: Model,
  cacheLength: number,
  logitsName: string,
  tensors: Tensors,
): Record<string, tf.Tensor> => {
  const { logits, added } = model.decode(tensors, {
    ids: tensor(tensors, 'ids'),
    positions: tensor(tensors, 'positions'),
    cacheLength,
    cache: (layer) => ({ keys: tensor(tensors, keysName(layer)), values: tensor(tensors, valuesName(layer)) }),
  });
  const rows = added.flatMap(({ keys, values }, layer) => [
    [addedTo(keysName(layer)), keys] as const,
    [addedTo(valuesName(layer)), values] as const,
  ]);
  return { [logitsName]: logits, ...Object.fromEntries(rows) };
};
