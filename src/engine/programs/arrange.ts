/** Moves sequences between slots, and makes a cache of more or fewer slots out of another. */
import type { Program } from '../executor.ts';
import type { Model } from '../families/family.ts';
import * as tf from '../tf.ts';
import { cacheNames } from './names.ts';
import { tensor } from './tensors.ts';

/** Input: `from` int32 [to]: new slot i has what slot `from[i]` had. The cache must have `slots` slots; it has `to` afterwards. */
export const arrangeProgram = (model: Model, slots: number, to: number, cacheLength: number): Program => {
  const names = cacheNames(model);
  return {
    name: `arrange/${slots}-${to}x${cacheLength}`,
    inputs: [{ name: 'from', shape: [to], dtype: 'int32' }],
    reads: names,
    writes: names,
    appends: [],
    returns: [],
    body: (tensors) =>
      Object.fromEntries(names.map((name) => [name, tf.gather(tensor(tensors, name), tensor(tensors, 'from'))])),
  };
};
