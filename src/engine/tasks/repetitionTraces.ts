/** Writes repeated operations step by step: short, or with checks and corrected slips. */
import type { RepetitionConfig } from '../../config/taskSchema.ts';
import { ANSWER_MARK } from '../grading/exactAnswer.ts';
import type { Draws } from '../random/draws.ts';
import { WORDS } from './arithmeticTraces.ts';
import { NOTE_MARK, type Repetition, write } from './repetitionText.ts';
import type { Written } from './task.ts';

export type Style = Pick<RepetitionConfig, 'reflectionRate' | 'slipRate'> & { readonly draws: Draws };

/** `3:63+7=70`, one step per line, then `#` and the answer; `style` null is short. */
export function writeRepeatedly(problem: Repetition, gold: string, style: Style | null): string {
  const lines = [...(style ? [WORDS.opening] : []), ...linesOf(problem, style)];
  return [...lines, `${style ? `${WORDS.conclusion} ` : ''}${ANSWER_MARK}${gold}`].join('\n');
}

/** Checked steps without an answer, under a prompt of their own. */
export const writeNote = (problem: Repetition, style: Style): Written => ({
  prompt: write(problem, NOTE_MARK),
  completion: [WORDS.opening, ...linesOf(problem, style)].join('\n'),
});

const linesOf = (problem: Repetition, style: Style | null): string[] =>
  stepsOf(problem).flatMap((step) => (style ? reflectedStep(step, style) : [stated(step, resultOf(step))]));

function stepsOf(problem: Repetition): Repetition[] {
  if (problem.times === 0) return [];
  return [problem, ...stepsOf({ ...problem, times: problem.times - 1, value: resultOf(problem) })];
}

const resultOf = ({ value, operator, operand }: Repetition): bigint =>
  operator === '+' ? value + BigInt(operand) : value - BigInt(operand);

const stated = (step: Repetition, result: bigint): string => `${write(step, '')}=${result}`;

function reflectedStep(step: Repetition, { draws, reflectionRate, slipRate }: Style): string[] {
  const result = resultOf(step);
  const isSlip = draws.chance(slipRate);
  const wrong = result + BigInt(draws.pick([-10, -2, -1, 1, 2, 10]));
  return [
    ...(isSlip && wrong >= 0n ? [stated(step, wrong), `${checked(step, wrong)} ${WORDS.fails} ${WORDS.again}`] : []),
    stated(step, result),
    ...(draws.chance(reflectionRate) ? [`${checked(step, result)} ${WORDS.holds}`] : []),
  ];
}

/** Undoes the step from its result: right, whatever the result, so that a wrong one does not lead back. */
function checked({ operator, operand }: Repetition, result: bigint): string {
  const isSum = operator === '+';
  const back = isSum ? result - BigInt(operand) : result + BigInt(operand);
  return `${WORDS.doubt} ${result}${isSum ? '-' : '+'}${operand}=${back}`;
}
