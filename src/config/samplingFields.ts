/** How a token is drawn, wherever a config says it. */
import { z } from 'zod';
import { atLeastZero } from './fields.ts';

export const temperature = z
  .number()
  .min(0)
  .max(10)
  .meta({ description: 'Sampling temperature. 0 takes the likeliest token (greedy).' });
export const topP = z.number().gt(0).max(1).meta({
  description: 'Nucleus sampling: the smallest set of tokens whose probabilities add up to this. 1 switches it off.',
});
export const topK = atLeastZero('Sample among the k likeliest tokens. 0 switches it off.');
