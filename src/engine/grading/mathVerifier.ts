/** Whether a completion ends with the right mathematical answer: `grade` for evaluation, the stricter `reward` for RL. */
import { markedAnswer, type FoundAnswer } from './finalAnswer.ts';
import { Effort, TooMuchEffort } from './math/effort.ts';
import { choiceIn, goldChoice } from './math/choice.ts';
import { readMath, type Reading } from './math/mathReading.ts';
import { sameMath, type SameOptions } from './math/sameMath.ts';
import type { Judgement } from './judgement.ts';
import { equal, parseRational } from './rational.ts';

/** Whether `completion` ends with `gold`, by the conventions of docs/grading.md. Bounded work, whatever the texts. */
export const grade = (completion: string, gold: string): Judgement =>
  judged(markedAnswer(completion), gold, { isRoundingAllowed: true });

/** As `grade`, but the answer must be the only box behind the chain of thought, and a rounded decimal is no exact value. */
export function reward(completion: string, gold: string): Judgement {
  const found = markedAnswer(completion);
  const isOnlyBox = found !== null && found.mark === 'box' && found.count === 1;
  const judgement = judged(found, gold, { isRoundingAllowed: false });
  if (isOnlyBox || judgement.verdict !== 'correct') return judgement;
  return { ...judgement, verdict: 'unparsed', rule: found?.mark === 'box' ? 'severalBoxes' : 'noBox' };
}

/** Decides where both are plain whole numbers or fractions; null leaves it to `grade` or `reward`. A few microseconds. */
export function gradePlainly(completion: string, gold: string, isStrict: boolean): Judgement | null {
  const wanted = parseRational(gold);
  if (!wanted) return null;
  const found = markedAnswer(completion);
  if (!found || (isStrict && (found.mark !== 'box' || found.count > 1))) return null;
  const given = parseRational(found.text);
  if (!given) return null;
  const isSame = equal(given, wanted);
  // A decimal may round the gold, or the gold may be rounded.
  if (!isSame && (found.text.includes('.') || gold.includes('.'))) return null;
  const told = { answer: found.text, normalisedAnswer: found.text, normalisedGold: gold };
  return { ...told, verdict: isSame ? 'correct' : 'wrong', rule: isSame ? 'exact' : 'different' };
}

function judged(found: FoundAnswer | null, gold: string, options: SameOptions): Judgement {
  const effort = new Effort();
  const answer = found?.text ?? null;
  const told = { answer, normalisedAnswer: null, normalisedGold: null };
  try {
    const wanted = readGold(goldText(gold), effort);
    const known = { ...told, normalisedGold: wanted.normalised };
    if (wanted.answer === null) return { ...known, verdict: 'gold_unparsed', rule: 'gold' };
    if (answer === null) return { ...known, verdict: 'unparsed', rule: 'noAnswer' };
    return { ...known, ...compared(answer, wanted, options, effort) };
  } catch (error) {
    if (!(error instanceof TooMuchEffort)) throw error;
    return { ...told, verdict: 'timeout', rule: 'effort' };
  }
}

interface Gold extends Reading {
  /** Of a choice; null for other golds. */
  readonly letter: string | null;
}

/** `(D) 12` is the choice D, and 12. */
function readGold(text: string, effort: Effort): Gold {
  const reading = readMath(text, effort);
  const letter = goldChoice(reading.normalised);
  const label = choiceIn(reading.normalised);
  const isLabelled = reading.answer === null || reading.answer.type === 'text';
  if (letter !== null || !isLabelled || label === null || label.rest === '') return { ...reading, letter };
  return { ...readMath(label.rest, effort), letter: label.letter };
}

/** A gold may be a whole solution; without a mark it is taken as it is. */
function goldText(gold: string): string {
  if (!/\\boxed|\\fbox|####|<answer>|<\/?think>|\banswer\b/i.test(gold)) return gold;
  const found = markedAnswer(gold);
  if (found !== null) return found.text;
  return /\\boxed|\\fbox|<think>/.test(gold) ? '' : gold;
}

type Compared = Pick<Judgement, 'verdict' | 'rule' | 'normalisedAnswer'>;

function compared(answer: string, gold: Gold, options: SameOptions, effort: Effort): Compared {
  const given = readMath(answer, effort);
  const normalisedAnswer = given.normalised;
  const choice = choiceIn(given.normalised);
  if (gold.letter !== null && choice !== null)
    return { verdict: choice.letter === gold.letter ? 'correct' : 'wrong', rule: 'choice', normalisedAnswer };
  const isSameText = given.answer !== null && given.normalised === gold.normalised;
  if (isSameText) return { verdict: 'correct', rule: 'sameText', normalisedAnswer };
  const rule = given.answer && gold.answer && sameMath(gold.answer, given.answer, options, effort);
  if (rule !== null) return { verdict: 'correct', rule, normalisedAnswer };
  const behind = behindChoice(choice?.rest ?? '', gold, options, effort);
  if (behind) return behind;
  if (given.answer === null) return { verdict: 'unparsed', rule: 'unreadable', normalisedAnswer };
  return { verdict: 'wrong', rule: 'different', normalisedAnswer };
}

/** `(B) 42` also answers 42. */
function behindChoice(rest: string, gold: Reading, options: SameOptions, effort: Effort): Compared | null {
  if (rest === '' || gold.answer === null) return null;
  const { answer, normalised } = readMath(rest, effort);
  const rule = answer && sameMath(gold.answer, answer, options, effort);
  return rule && { verdict: 'correct', rule, normalisedAnswer: normalised };
}
