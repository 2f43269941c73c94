/** Reads the answer a completion ends with (`#42`) and compares it exactly with the right one. */
import type { Verdict } from '../../protocol/events.ts';
import { equal, parseRational } from './rational.ts';

export interface Grade {
  /** As written, without the mark; null if the completion does not end with one. */
  readonly answer: string | null;
  readonly verdict: Exclude<Verdict, 'ungraded'>;
}

/** What stands before the answer. */
export const ANSWER_MARK = '#';

/** The completion in two parts: the chain of thought, and the answer at its very end (null if it ends otherwise). */
export function splitAnswer(text: string): { readonly trace: string; readonly answer: string | null } {
  const at = text.lastIndexOf(ANSWER_MARK);
  if (at < 0) return { trace: text.trim(), answer: null };
  const answer = text.slice(at + 1).trim();
  return { trace: text.slice(0, at).trim(), answer: parseRational(answer) ? answer : null };
}

/** `gold` must be a number that `parseRational` reads. `12`, `12.0` and `24/2` are the same answer. */
export function gradeExactly(text: string, gold: string): Grade {
  const right = parseRational(gold);
  if (!right) throw new Error(`The right answer ${JSON.stringify(gold)} is not a number.`);
  const { answer } = splitAnswer(text);
  const given = answer === null ? null : parseRational(answer);
  if (!given) return { answer: null, verdict: 'unparsed' };
  return { answer, verdict: equal(given, right) ? 'correct' : 'wrong' };
}
