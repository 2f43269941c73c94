/** Compares the answer that a completion ends with to the right one of its row, as mathematics. */
import { grade } from '../grading/mathVerifier.ts';
import type { Verifier } from './verifier.ts';

export const math: Verifier = {
  name: 'math',
  verify: ({ completion, answer: gold }) => {
    if (gold === null) return null;
    const { verdict } = grade(completion, gold);
    return verdict === 'gold_unparsed' ? null : verdict === 'correct';
  },
};
