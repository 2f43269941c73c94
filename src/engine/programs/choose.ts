/** Chooses tokens from logits that stay where they were computed. */
import type { Program, TensorSpec } from '../executor.ts';
import { sampled } from '../nn/sampling.ts';
import { tokenDetails } from '../nn/tokenDetails.ts';
import * as tf from '../tf.ts';
import { tensor } from './tensors.ts';

/**
 * Reads the state `logits` [rows, V]. Inputs, each [picks]: `from` int32 (a row), and of float32 `temperature`, `uniform` and
 * `reach`, with `isCut` also `top_k` and `top_p`, as in nn/sampling.ts. Returns `token` and `log_probability` [picks, 1], and
 * with `alternatives` (k) above 0 `entropy` [picks, 1], `alternatives` and `alternative_log_probabilities` [picks, k].
 */
export const chooseProgram = (logits: string, picks: number, isCut: boolean, alternatives = 0): Program => {
  const numbers = ['temperature', 'uniform', 'reach', ...(isCut ? ['top_k', 'top_p'] : [])];
  return {
    name: `choose/${picks}${isCut ? ' with cuts' : ''}${alternatives > 0 ? ` and ${alternatives}` : ''} ${logits}`,
    inputs: [
      { name: 'from', shape: [picks], dtype: 'int32' },
      ...numbers.map((name): TensorSpec => ({ name, shape: [picks], dtype: 'float32' })),
    ],
    reads: [logits],
    writes: [],
    appends: [],
    returns: ['token', 'log_probability', ...(alternatives > 0 ? DETAILS : [])],
    body: (tensors) => {
      const column = (name: string): tf.Tensor => tf.reshape(tensor(tensors, name), [picks, 1]);
      const rows = tf.gather(tensor(tensors, logits), tensor(tensors, 'from'));
      const { token, logProbability } = sampled({
        logits: rows,
        temperature: column('temperature'),
        uniform: column('uniform'),
        reach: column('reach'),
        ...(isCut && { cuts: { topK: column('top_k'), topP: column('top_p') } }),
      });
      const chosen = { token, log_probability: logProbability };
      if (alternatives === 0) return chosen;
      const details = tokenDetails(rows, alternatives);
      return {
        ...chosen,
        entropy: details.entropy,
        alternatives: details.alternatives,
        alternative_log_probabilities: details.alternativeLogProbabilities,
      };
    },
  };
};

const DETAILS = ['entropy', 'alternatives', 'alternative_log_probabilities'] as const;
