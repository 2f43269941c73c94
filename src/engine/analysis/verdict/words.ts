/** Numbers of a verdict as people read them. */
import { count, points } from '../../../protocol/report/words.ts';
import { phrase, said, type Sentence } from '../../../protocol/sentence.ts';
import type { Difference, Needed } from '../../../protocol/verdict.ts';

/** `-12.3 to -4.0` */
export const range = ({ interval: [low, high] }: Difference): Sentence => said`${points(low)} to ${points(high)}`;

export function neededWords({ problems, seeds, isTogether }: Needed): Sentence {
  if (problems !== null && seeds !== null && isTogether)
    return said`About ${count(problems)} more problems and ${count(seeds)} more seeds together would decide it.`;
  if (problems !== null && seeds !== null)
    return said`About ${count(problems)} more problems or ${count(seeds)} more seeds would decide it.`;
  if (problems !== null) return said`About ${count(problems)} more problems would decide it.`;
  if (seeds !== null) return said`About ${count(seeds)} more seeds would decide it.`;
  return phrase('It is too close to what matters to be decided by more problems or seeds.');
}
