/** Completions of the arithmetic task: the number behind the last `#`, exactly. */
import { gradeExactly } from '../exactAnswer.ts';
import { parseRational } from '../rational.ts';
import { plainJudgement, type Given, type Grader } from './grader.ts';

function judge({ prediction, gold }: Given) {
  const right = gold.trim();
  if (parseRational(right) === null) return plainJudgement('gold_unparsed', 'gold', null, gold);
  const { verdict, answer } = gradeExactly(prediction, right);
  return plainJudgement(verdict, answer === null ? 'noAnswer' : 'exact', answer, right);
}

export const arithmetic: Grader = { name: 'arithmetic', quick: judge, judge };
