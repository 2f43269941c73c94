/** The losses of whole sequences, one by one, without gradients: to measure a model on text that it does not learn. */
import type { Program } from '../executor.ts';
import type { Model } from '../families/family.ts';
import * as tf from '../tf.ts';
import { tokenLogProbabilities } from './languageLoss.ts';
import { flatLabels, tensor } from './tensors.ts';

/** Inputs: `input_ids` and `labels` int32 [B, T], as in `gradientsProgram`. Returns `losses` [B]: nats, summed over labelled tokens. */
export const lossesProgram = (model: Model, batch: number, length: number): Program => ({
  name: `losses/${batch}x${length}`,
  inputs: [
    { name: 'input_ids', shape: [batch, length], dtype: 'int32' },
    { name: 'labels', shape: [batch, length], dtype: 'int32' },
  ],
  reads: model.parameters.map(({ name }) => name),
  writes: [],
  appends: [],
  returns: ['losses'],
  body: (tensors) => {
    const ids = tensor(tensors, 'input_ids');
    const logs = tokenLogProbabilities(model, tensors, ids, flatLabels(tensors), { temperature: 1 });
    return { losses: tf.neg(tf.sum(tf.reshape(logs, [batch, length]), 1)) };
  },
});
