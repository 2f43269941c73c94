/** Teacher-forced logits of whole sequences. */
import type { Program } from '../executor.ts';
import type { Model } from '../families/family.ts';
import { tensor } from './tensors.ts';

/** Input: `input_ids` int32 [B, T]. Returns `logits` [B*T, V]; row b*T+t scores the token after input_ids[b][t]. */
export const logitsProgram = (model: Model, batch: number, length: number): Program => ({
  name: `logits/${batch}x${length}`,
  inputs: [{ name: 'input_ids', shape: [batch, length], dtype: 'int32' }],
  reads: model.parameters.map(({ name }) => name),
  writes: [],
  appends: [],
  returns: ['logits'],
  body: (tensors) => ({ logits: model.logits(tensors, tensor(tensors, 'input_ids')) }),
});
