/** One new token for each of n slots, over a cache that holds what the slots have seen. */
import type { Program, Tensors } from '../executor.ts';
import type { DecodeStep, KeysAndValues, Model } from '../families/family.ts';
import type * as tf from '../tf.ts';
import { cacheNames, keysName, nextLogitsName, valuesName } from './names.ts';
import { tensor } from './tensors.ts';

export interface DecodeOptions {
  /** Logits stay where they are, in the state `nextLogitsName`, instead of being returned. */
  readonly isKept?: boolean;
  /** The last time of the cache is no token's: attention works from there, in the memory of an executor that `attendsInPlace`. */
  readonly isInPlace?: boolean;
}

/**
 * Inputs: `ids` int32 [n], `positions` int32 [n] (of these tokens; -1 for an idle slot). Returns `logits` [n, V].
 * A slot sees its own cached positions before its own one and itself; slots of different lengths live side by side.
 * The cache must be allocated for `slots` and `cacheLength`; positions must be below both that (in place, one less) and the model's limit.
 */
export const decodeProgram = (
  model: Model,
  slots: number,
  cacheLength: number,
  { isKept = false, isInPlace = false }: DecodeOptions = {},
): Program => {
  const caches = cacheNames(model);
  const logits = isKept ? nextLogitsName : 'logits';
  return {
    name: `decode/${slots}x${cacheLength}`,
    inputs: [
      { name: 'ids', shape: [slots], dtype: 'int32' },
      { name: 'positions', shape: [slots], dtype: 'int32' },
    ],
    reads: [...model.parameters.map(({ name }) => name), ...caches],
    writes: [...(isKept ? [nextLogitsName] : []), ...(isInPlace ? caches : [])],
    ...(isInPlace && { overwrites: caches }),
    appends: caches.map((state) => ({ state, output: addedTo(state), at: 'positions' })),
    returns: isKept ? [] : ['logits'],
    body: (tensors) => {
      const decoded = model.decode(tensors, stepOf(tensors, cacheLength, isInPlace));
      const whole = named(decoded.caches ?? [], (state) => state);
      return { [logits]: decoded.logits, ...whole, ...named(decoded.added, addedTo) };
    },
  };
};

const addedTo = (state: string): string => `${state}.added`;

const stepOf = (tensors: Tensors, cacheLength: number, isInPlace: boolean): DecodeStep => ({
  ids: tensor(tensors, 'ids'),
  positions: tensor(tensors, 'positions'),
  cacheLength,
  cache: (layer) => ({ keys: tensor(tensors, keysName(layer)), values: tensor(tensors, valuesName(layer)) }),
  isInPlace,
});

const named = (layers: readonly KeysAndValues[], nameOf: (state: string) => string): Record<string, tf.Tensor> =>
  Object.fromEntries(
    layers.flatMap(({ keys, values }, layer) => [
      [nameOf(keysName(layer)), keys] as const,
      [nameOf(valuesName(layer)), values] as const,
    ]),
  );
