/** The same text: only runs of space, and space around it, may differ. */
import { markedAnswer, toldPart } from '../finalAnswer.ts';
import { plainJudgement, type Given, type Grader, type GraderOptions } from './grader.ts';

function judge({ prediction, gold }: Given, { isStrict }: GraderOptions) {
  const wanted = oneSpaced(gold);
  if (wanted === '') return plainJudgement('gold_unparsed', 'gold', null, null);
  const whole = oneSpaced(toldPart(prediction) ?? '');
  if (whole === '') return plainJudgement('unparsed', 'noAnswer', null, wanted);
  if (whole === wanted) return plainJudgement('correct', 'wholeText', whole, wanted);
  const marked = isStrict ? null : markedAnswer(prediction);
  const answer = marked === null ? whole : oneSpaced(marked.text);
  return plainJudgement(answer === wanted ? 'correct' : 'wrong', 'markedAnswer', answer, wanted);
}

export const oneSpaced = (text: string): string => text.normalize('NFC').trim().replace(/\s+/g, ' ');

export const exact: Grader = { name: 'exact', quick: judge, judge };
