/** A regular expression of the user finds the answer: the first group (or the whole) of its last match. */
import { equal, parseRational } from '../rational.ts';
import { oneSpaced } from './exact.ts';
import { plainJudgement, type Given, type Grader, type GraderOptions } from './grader.ts';

function judge({ prediction, gold }: Given, { pattern }: GraderOptions) {
  const wanted = oneSpaced(gold);
  if (wanted === '') return plainJudgement('gold_unparsed', 'gold', null, null);
  let found: RegExpExecArray | null = null;
  for (const match of prediction.matchAll(compiled(pattern))) found = match;
  if (!found) return plainJudgement('unparsed', 'noMatch', null, wanted);
  const answer = oneSpaced(found[1] ?? found[0]);
  return plainJudgement(isSame(answer, wanted) ? 'correct' : 'wrong', 'regex', answer, wanted);
}

/** Throws `SyntaxError` for a pattern that is none. */
const compiled = (pattern: string | null): RegExp => new RegExp(pattern ?? '', 'gmu');

function isSame(answer: string, gold: string): boolean {
  const [a, b] = [parseRational(answer), parseRational(gold)];
  return a !== null && b !== null ? equal(a, b) : answer === gold;
}

export const regex: Grader = { name: 'regex', quick: () => null, judge };
