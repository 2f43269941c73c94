/** Compares the answer that a completion ends with to the right one of its row. */
import { finalAnswer } from '../grading/finalAnswer.ts';
import { isSameAnswer } from '../grading/sameAnswer.ts';
import type { Verifier } from './verifier.ts';

export const answer: Verifier = {
  name: 'answer',
  verify: ({ completion, answer: gold }) => {
    if (gold === null) return null;
    const given = finalAnswer(completion);
    return given !== null && isSameAnswer(given, gold);
  },
};
