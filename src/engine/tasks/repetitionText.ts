/** How a repeated operation is written, read and computed. */
import type { Computation } from './arithmeticComputation.ts';

/** `times` times `value` plus or minus `operand`. */
export interface Repetition {
  readonly times: number;
  readonly value: bigint;
  readonly operator: '+' | '-';
  readonly operand: number;
}

/** Ends a prompt that asks for an answer. */
export const QUESTION_MARK = '?';
/** Ends the prompt of a note. */
export const NOTE_MARK = '!';

export const write = ({ times, value, operator, operand }: Repetition, mark: string): string =>
  `${times}:${value}${operator}${operand}${mark}`;

/** More digits are no problem of ours: a person may ask anything. */
const PATTERN = /^(\d{1,3}):(\d{1,9})([+-])(\d{1,9})(.)$/;

/** Null for any other text. */
export function repetitionOf(text: string, mark: string): Repetition | null {
  const [, times, value, operator, operand, end] = PATTERN.exec(text) ?? [];
  if (end !== mark || Number(times) < 1) return null;
  return {
    times: Number(times),
    value: BigInt(value ?? ''),
    operator: operator === '+' ? '+' : '-',
    operand: Number(operand),
  };
}

/** Steps `3:63+7`, `2:70+7`, `1:77+7`. */
export const computationOf = (problem: Repetition): Computation => ({
  due: problem.times === 0 ? null : write(problem, ''),
  after: (value) => computationOf({ ...problem, times: problem.times - 1, value }),
});
