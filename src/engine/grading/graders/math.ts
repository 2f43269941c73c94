/** Mathematical answers: see docs/grading.md. */
import { grade, gradePlainly, reward } from '../mathVerifier.ts';
import type { Grader } from './grader.ts';

export const math: Grader = {
  name: 'math',
  quick: ({ prediction, gold }, { isStrict }) => gradePlainly(prediction, gold, isStrict),
  judge: ({ prediction, gold }, { isStrict }) => (isStrict ? reward(prediction, gold) : grade(prediction, gold)),
};
