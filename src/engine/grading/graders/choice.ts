/** Multiple choice: the letter A to J, or several of them in any order. */
import { markedAnswer } from '../finalAnswer.ts';
import { choiceIn } from '../math/choice.ts';
import { cleanText, LONGEST_ANSWER } from '../math/cleanText.ts';
import { plainJudgement, type Given, type Grader, type GraderOptions } from './grader.ts';

function judge({ prediction, gold }: Given, { isStrict }: GraderOptions) {
  const wanted = lettersIn(gold.slice(0, LONGEST_ANSWER));
  if (wanted === null) return plainJudgement('gold_unparsed', 'gold', null, gold);
  const found = markedAnswer(prediction);
  if (found === null || (isStrict && (found.mark === 'line' || found.count > 1)))
    return plainJudgement('unparsed', 'noAnswer', found?.text ?? null, wanted);
  const given = lettersIn(found.text.slice(0, LONGEST_ANSWER));
  if (given === null) return plainJudgement('unparsed', 'noLetter', found.text, wanted);
  const told = { answer: found.text, normalisedAnswer: given, normalisedGold: wanted, rule: 'choice' };
  return { ...told, verdict: given === wanted ? ('correct' as const) : ('wrong' as const) };
}

const LIST = /^\(?[A-J]\)?(?:\s*(?:,|;|and|&)\s*(?:and\s+)?\(?[A-J]\)?)+$/;

/** In the order of the alphabet, each once: `AC`. Null where the text begins with no choice. */
function lettersIn(text: string): string | null {
  const cleaned = cleanText(text).replace(/\\text(?:bf)?\{([^{}]*)\}/g, '$1');
  if (LIST.test(cleaned)) return [...new Set(cleaned.replace(/and/g, '').match(/[A-J]/g))].sort().join('');
  return choiceIn(cleaned)?.letter ?? null;
}

export const choice: Grader = { name: 'choice', quick: judge, judge };
