/** What a config of the recipe `dpo` may say beside what all training recipes do: rows that are pairs, and the loss of a pair. */
import { z } from 'zod';
import { rowsData } from './rowsSchema.ts';

export const preferenceRows = rowsData
  .extend({
    format: z
      .literal('preference')
      .default('preference')
      .meta({ description: 'What a row looks like: `prompt`, `chosen` and `rejected`.' }),
    lossOn: z
      .literal('completion')
      .default('completion')
      .meta({ description: 'Which tokens are compared: those of the two completions.' }),
  })
  .meta({ description: 'Rows of a file, each a prompt with a better and a worse completion (preferences).' });

export const preference = z
  .strictObject({
    lossType: z
      .enum(['sigmoid', 'ipo'])
      .default('sigmoid')
      .meta({
        description: 'What a pair is to be brought to (loss_type).',
        enumDescriptions: [
          'The chosen completion is to be likelier than the rejected one, with no end (DPO).',
          'A distance of 1 / (2 beta) between their mean log-probabilities per token, and no more (IPO).',
        ],
      }),
    beta: z.number().gt(0).max(100).default(0.1).meta({
      description:
        'How strongly the model is held to the one that training began with: the larger, the closer it stays (beta).',
    }),
    labelSmoothing: z.number().min(0).lt(0.5).default(0).meta({
      description:
        'Share of the pairs that are taken to be judged the wrong way round, for `lossType` "sigmoid" (label_smoothing, conservative DPO).',
    }),
  })
  .meta({ description: 'The loss of a pair, after what the model that training began with makes of it.' });
