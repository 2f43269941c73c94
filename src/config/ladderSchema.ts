/** What a config of the recipe `ladder` may say beside what all recipes do: rungs, their schedule, the control, and reinforcement learning. */
import { z } from 'zod';
import { atLeastZero, count, MOST, positive } from './fields.ts';

const MOST_RUNGS = 50;
const MOST_SEEDS = 20;

const size = (least: number) => z.int().min(least).max(MOST);

const rung = z
  .strictObject({
    size: size(1).meta({ description: 'The rung that is meant, as `sizes` has it.', unit: 'examples' }),
    epochs: z
      .number()
      .positive()
      .max(1_000_000)
      .meta({ description: 'Passes over its examples.', unit: 'passes' })
      .optional(),
    maxSteps: count('Optimizer steps. Takes precedence over epochs.', 'optimizer steps').optional(),
    batchSize: count('Sequences whose gradients are taken together.', 'sequences').optional(),
    learningRate: positive('Highest learning rate.').optional(),
  })
  .meta({ description: 'What this rung is trained with in place of what `training` says.' });

export const ladderKeys = {
  sizes: z.array(size(1)).min(1).max(MOST_RUNGS).meta({
    description: 'Training examples of each rung, ascending. The untouched model is measured in any case.',
  }),
  seeds: z.array(atLeastZero('A seed.')).min(1).max(MOST_SEEDS).default([1, 2]).meta({
    description: 'Each rung is trained once with each of them: they decide the examples, their order and all chances.',
  }),
  schedule: z
    .enum(['controlled', 'paper', 'custom'])
    .default('controlled')
    .meta({
      description: 'How training depends on the size of a rung.',
      enumDescriptions: [
        'Not at all: all rungs are trained as `training` says, and only the number of examples varies.',
        'As in the paper: 4, 4, 4, 3, 3, 2 epochs in batches of 8, 16, 32, 64, 128, 128 for 8k, 16k, 32k, 64k, 128k and 220k examples, learning rate 5e-5, cosine, warm-up 0.05. Batch and data grow together, so that it cannot be told which of them helps.',
        'As `rungs` says, and as `training` says where that says nothing.',
      ],
    }),
  subsets: z
    .enum(['nested', 'independent'])
    .default('nested')
    .meta({
      description: 'How the examples of the rungs with one seed are drawn.',
      enumDescriptions: ['Each rung holds all examples of the smaller ones.', 'Each rung is a draw of its own.'],
    }),
  rungs: z
    .array(rung)
    .max(MOST_RUNGS)
    .default([])
    .meta({ description: 'Own settings of single rungs, for `schedule` "custom".' }),
  shortControl: z.boolean().default(true).meta({
    description:
      'Train each rung on short traces of the same problems too: what falls there is the fault of few examples, not of long traces.',
  }),
  only: z.array(z.string().min(1).max(100)).max(1000).default([]).meta({
    description:
      'Names of trainings, such as "sft-512-seed-1": these alone are done, with what they start from. All if empty.',
  }),
};

export const grpoKeys = {
  from: z.array(size(0)).min(1).max(MOST_RUNGS).meta({
    description: 'Rungs that reinforcement learning starts from; 0 is the untouched model.',
  }),
  seeds: z
    .array(atLeastZero('A seed.'))
    .min(1)
    .max(MOST_SEEDS)
    .meta({ description: 'Seeds of those rungs, among `seeds`. The first of them if left out.' })
    .optional(),
  problems: count('Distinct training problems, drawn by seed.', 'problems').default(2000),
  everySteps: count('Optimizer steps between two evaluations.', 'optimizer steps').default(50),
};
