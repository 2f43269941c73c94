/** Judges completions of rows: the answer they end with beside that of the row, and the trace that stands in `<think>`. */
import { readTurn } from '../chat/thinking.ts';
import type { Judge, Question } from '../tasks/task.ts';
import type { Grade } from './exactAnswer.ts';
import { finalAnswer } from './finalAnswer.ts';
import { isSameAnswer } from './sameAnswer.ts';

/** `name` is that of the file. */
export const rowsJudge = (name: string): Judge => ({
  name,
  parse: () => null,
  trace: (completion) => readTurn({ role: 'assistant', content: completion }).trace ?? '',
  grade,
  checkSteps: () => null,
});

function grade({ gold }: Question, completion: string): Grade | null {
  if (gold === null) return null;
  const answer = finalAnswer(completion);
  if (answer === null) return { answer, verdict: 'unparsed' };
  return { answer, verdict: isSameAnswer(answer, gold) ? 'correct' : 'wrong' };
}
