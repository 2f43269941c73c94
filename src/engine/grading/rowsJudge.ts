/** Judges completions of rows: the answer they end with beside that of the row, as mathematics, and the trace that stands in `<think>`. */
import { VERIFIER_VERSION } from '../../protocol/grading.ts';
import { readTurn } from '../chat/thinking.ts';
import type { Judge, Question } from '../tasks/task.ts';
import type { Grade } from './exactAnswer.ts';
import { finalAnswer } from './finalAnswer.ts';
import type { Judgement } from './judgement.ts';
import { grade as gradeMath, reward } from './mathVerifier.ts';
import { isSameAnswer } from './sameAnswer.ts';

/** `name` is that of the file. */
export const rowsJudge = (name: string): Judge => judgeOf(name, `math ${VERIFIER_VERSION}`, graded);

/** Who pays in reinforcement learning: the answer must stand in the only box behind the trace. Of answers that are `isVerifiable`. */
export const strictRowsJudge = (name: string): Judge => judgeOf(name, `math reward ${VERIFIER_VERSION}`, paid);

/** Whether the verifier can read the right answer, so that a completion may be found right. */
export const isVerifiable = (gold: string): boolean => {
  const { verdict } = reward('', gold);
  return verdict !== 'gold_unparsed' && verdict !== 'timeout';
};

const judgeOf = (name: string, verifier: string, grade: Judge['grade']): Judge => ({
  name,
  verifier,
  parse: () => null,
  trace: (completion) => readTurn({ role: 'assistant', content: completion }).trace ?? '',
  grade,
  checkSteps: () => null,
});

/** An answer that is no mathematics is compared as text. */
function graded({ gold }: Question, completion: string): Grade | null {
  if (gold === null) return null;
  const judgement = gradeMath(completion, gold);
  return judgement.verdict === 'gold_unparsed' ? asText(finalAnswer(completion), gold) : gradeOf(judgement);
}

const paid = ({ gold }: Question, completion: string): Grade | null =>
  gold === null ? null : gradeOf(reward(completion, gold));

function gradeOf({ verdict, answer }: Judgement): Grade {
  switch (verdict) {
    case 'correct':
    case 'wrong':
    case 'unparsed':
      return { answer, verdict };
    case 'gold_unparsed':
    case 'timeout':
    case 'error':
      return { answer, verdict: 'unparsed' };
    default:
      return verdict satisfies never;
  }
}

function asText(answer: string | null, gold: string): Grade {
  if (answer === null) return { answer, verdict: 'unparsed' };
  return { answer, verdict: isSameAnswer(answer, gold) ? 'correct' : 'wrong' };
}
