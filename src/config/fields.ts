/** The kinds of values that keys have, shared by the schemas of all recipes. */
import { z } from 'zod';

// No code is made at run time: the editor's extension host warns of the probe for it, and a config is small.
z.config({ jitless: true });

/** More of anything than a run can have: keeps sums of counts exact. */
export const MOST = 1_000_000_000;

/** `unit` is told in hovers. */
export const count = (description: string, unit?: string) =>
  z
    .int()
    .min(1)
    .max(MOST)
    .meta({ description, ...(unit === undefined ? {} : { unit }) });
export const atLeastZero = (description: string) => z.int().min(0).meta({ description });
export const share = (description: string) => z.number().min(0).max(1).meta({ description, unit: 'share, 0 to 1' });
export const positive = (description: string) => z.number().positive().meta({ description });

/** Keys of every recipe. */
export const everyRun = {
  $schema: z.string().meta({ description: 'Where the editor finds the schema of this file.' }).optional(),
  name: z
    .string()
    .min(1)
    .max(80)
    .meta({ description: 'Name of the run in lists. The file name if left out.' })
    .optional(),
  seed: atLeastZero('Seed of everything random: weights, order, problems, sampling.').default(1),
};

export const threads = z
  .int()
  .min(0)
  .max(1024)
  .meta({ description: 'CPU threads. 0 takes one per physical core.' })
  .default(0);
