/** The steps between reading and sampling, in the order they are taken: first what looks at one row, then what compares rows. */
import { correctness } from './correctness.ts';
import { decontamination } from './decontamination.ts';
import { exactDuplicates } from './exactDuplicates.ts';
import { language } from './language.ts';
import { length } from './length.ts';
import { nearDuplicates } from './nearDuplicates.ts';
import { repetition } from './repetition.ts';
import type { Stage } from './stage.ts';
import { tracesPerProblem } from './tracesPerProblem.ts';

export const stages: readonly Stage[] = [
  exactDuplicates,
  decontamination,
  correctness,
  length,
  repetition,
  language,
  nearDuplicates,
  tracesPerProblem,
];
