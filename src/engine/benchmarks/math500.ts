/** MATH-500 (Lightman et al. 2023; HuggingFaceH4/MATH-500): 500 problems of MATH with subject and level 1 to 5. */
import { BOXED, type Benchmark } from './benchmark.ts';

export const math500: Benchmark = {
  name: 'math-500',
  title: 'MATH-500',
  size: 500,
  samplesPerProblem: 4,
  instruction: BOXED,
  parse: (row, { place }) => ({
    id: row.optional('unique_id') ?? `math-500-${place}`,
    problem: row.text('problem'),
    gold: row.text('answer'),
    grader: 'math',
    level: row.optional('level'),
    subject: row.optional('subject', 'type'),
  }),
};
