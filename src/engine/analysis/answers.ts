/** The completions of an evaluation by problem, and numbers of them with intervals over problems. */
import type { Estimate } from '../../protocol/analysis.ts';
import type { Completion } from '../../protocol/events.ts';
import { averageAtK, meanWithInterval, ratioWithInterval } from '../stats/intervals.ts';

/** What is looked at of a completion. */
export type Answer = Pick<Completion, 'text' | 'answer' | 'verdict' | 'finishReason' | 'tokens'>;

/** By problem; no problem is without an answer. */
export type Answers<T> = readonly (readonly T[])[];

export const isCorrect = ({ verdict }: Answer): boolean => verdict === 'correct';

/** Of all answers. */
export function shareOf<T>(answers: Answers<T>, holds: (answer: T) => boolean): Estimate {
  const shares = answers.map((ofProblem) => ofProblem.filter(holds).length / ofProblem.length);
  const { mean, interval } = averageAtK(shares, Math.max(...answers.map(({ length }) => length)));
  return { value: mean, interval };
}

/** Per answer, of all answers. */
export function meanOf<T>(answers: Answers<T>, value: (answer: T) => number): Estimate {
  const { mean, interval } = meanWithInterval(answers.map((ofProblem) => sumOf(ofProblem, value) / ofProblem.length));
  return { value: mean, interval };
}

/** A part of a whole that is not the same for all answers; null where the whole is nothing. */
export function ratioOf<T>(
  answers: Answers<T>,
  part: (answer: T) => number,
  whole: (answer: T) => number,
  most = 1,
): Estimate | null {
  const clusters = answers.map((ofProblem) => ({ part: sumOf(ofProblem, part), whole: sumOf(ofProblem, whole) }));
  const found = ratioWithInterval(clusters, most);
  return found && { value: found.ratio, interval: found.interval };
}

/** The same among those answers that `holds` picks. */
export const shareAmong = <T>(answers: Answers<T>, holds: (answer: T) => boolean, is: (answer: T) => boolean) =>
  ratioOf(
    answers,
    (answer) => (holds(answer) && is(answer) ? 1 : 0),
    (answer) => (holds(answer) ? 1 : 0),
  );

export const meanAmong = <T>(answers: Answers<T>, holds: (answer: T) => boolean, value: (answer: T) => number) =>
  ratioOf(
    answers,
    (answer) => (holds(answer) ? value(answer) : 0),
    (answer) => (holds(answer) ? 1 : 0),
    Infinity,
  );

export const sumOf = <T>(values: readonly T[], value: (one: T) => number): number =>
  values.reduce((sum, one) => sum + value(one), 0);
