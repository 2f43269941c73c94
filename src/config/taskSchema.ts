/** What a config may say of a task. */
import { z } from 'zod';
import { share } from './fields.ts';

/** By task. */
export const TASK_LEVELS = {
  arithmetic: ['addition-2', 'addition-3', 'addition-4', 'chain-3', 'chain-5', 'mixed-3', 'paper'],
  repetition: ['3-7'],
} as const;

const rates = {
  reflectionRate: share('long traces: share of the steps that are checked in words.').default(1),
  slipRate: share('long traces: share of the steps that are first written wrong, noticed and redone.').default(0.1),
};
const trace = z.enum(['short', 'long']).default('short').meta({
  description: 'Style of the written chain of thought. long adds checks, reflections and corrected slips.',
});

export const arithmetic = z
  .strictObject({
    name: z.literal('arithmetic').meta({ description: 'Expressions to compute, with written chains of thought.' }),
    level: z
      .enum(TASK_LEVELS.arithmetic)
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
    trace,
    ...rates,
  })
  .meta({ description: 'Expressions, with written chains of thought.' });

const repetition = z
  .strictObject({
    name: z.literal('repetition').meta({
      description:
        'One operation to be carried out several times, counting down: each step follows from the one before it alone.',
    }),
    level: z
      .enum(TASK_LEVELS.repetition)
      .default('3-7')
      .meta({
        description: 'How hard the problems are.',
        enumDescriptions: ['3 to 7 times plus or minus a number of 1 to 9, values of 0 to 99.'],
      }),
    trace,
    ...rates,
    notesRate: share(
      'Share of the training examples that are notes in place of problems: checked steps under a prompt that ends with "!", without an answer. What a model has read of reflection before it is taught to reflect.',
    ).default(0),
  })
  .meta({ description: 'Repeated addition, with written chains of thought.' });

const description = 'What is learned: problems, their right answers and the chains that lead there.';

export const task = z
  .discriminatedUnion('name', [arithmetic, repetition])
  .prefault({ name: 'arithmetic' })
  .meta({ description });

/** For recipes that write traces of both styles. */
export const taskWithoutTrace = z
  .discriminatedUnion('name', [arithmetic.omit({ trace: true }), repetition.omit({ trace: true })])
  .prefault({ name: 'repetition' })
  .meta({ description });

export type ArithmeticConfig = z.output<typeof arithmetic>;
export type RepetitionConfig = z.output<typeof repetition>;
export type TaskConfig = z.output<typeof task>;
