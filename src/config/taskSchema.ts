/** What a config may say of a task. */
import { z } from 'zod';
import { share } from './fields.ts';

export const TASK_LEVELS = [
  'addition-2',
  'addition-3',
  'addition-4',
  'chain-3',
  'chain-5',
  'mixed-3',
  'paper',
] as const;

export const arithmetic = z
  .strictObject({
    name: z.literal('arithmetic').meta({ description: 'Expressions to compute, with written chains of thought.' }),
    level: z
      .enum(TASK_LEVELS)
      .default('addition-3')
      .meta({
        description:
          'How hard the problems are. addition-N: sums of numbers of up to N digits; chain-N: N operations of + and - with numbers of 1 to 9, values of 0 to 99; mixed-3: up to 3 operations of + - * / with parentheses, operands 1-20; paper: 5-15 operations, operands 1-100, as in the paper. All intermediate results are integers.',
        enumDescriptions: [
          'Sums of numbers of up to 2 digits.',
          'Sums of numbers of up to 3 digits.',
          'Sums of numbers of up to 4 digits.',
          '3 operations of + and - with numbers of 1 to 9, values of 0 to 99.',
          '5 operations of + and - with numbers of 1 to 9, values of 0 to 99.',
          'Up to 3 operations of + - * / with parentheses, operands 1 to 20.',
          '5 to 15 operations, operands 1 to 100, as in the paper.',
        ],
      }),
    trace: z.enum(['short', 'long']).default('short').meta({
      description: 'Style of the written chain of thought. long adds checks, reflections and corrected slips.',
    }),
    reflectionRate: share('long traces: share of the steps that are checked in words.').default(1),
    slipRate: share('long traces: share of the steps that are first written wrong, noticed and redone.').default(0.1),
  })
  .meta({ description: 'What is learned: problems, their right answers and the chains that lead there.' });

export type TaskConfig = z.output<typeof arithmetic>;
