/** Judges completions of rows: the answer they end with beside that of the row, as mathematics, and the trace that stands in `<think>`. */
import { VERIFIER_VERSION } from '../../protocol/grading.ts';
import { readTurn } from '../chat/thinking.ts';
import type { Judge, Question } from '../tasks/task.ts';
import type { Grade } from './exactAnswer.ts';
import { finalAnswer } from './finalAnswer.ts';
import { grade as gradeMath } from './mathVerifier.ts';
import { isSameAnswer } from './sameAnswer.ts';

/** `name` is that of the file. */
export const rowsJudge = (name: string): Judge => ({
  name,
  verifier: `math ${VERIFIER_VERSION}`,
  parse: () => null,
  trace: (completion) => readTurn({ role: 'assistant', content: completion }).trace ?? '',
  grade,
  checkSteps: () => null,
});

/** An answer that is no mathematics is compared as text. */
function grade({ gold }: Question, completion: string): Grade | null {
  if (gold === null) return null;
  const { verdict, answer } = gradeMath(completion, gold);
  switch (verdict) {
    case 'correct':
    case 'wrong':
    case 'unparsed':
      return { answer, verdict };
    case 'gold_unparsed':
      return asText(finalAnswer(completion), gold);
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
