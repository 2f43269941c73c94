/** Writes chains of thought: short ones state each step once; long ones check, doubt and correct themselves. */
import { ANSWER_MARK } from '../grading/exactAnswer.ts';
import type { Draws } from '../random/draws.ts';
import type { Vocabulary } from '../tokenizer/characterTokenizer.ts';
import type { Computation } from './arithmeticComputation.ts';
import { evaluate, type Expression, numberNode, parseExpression, render } from './arithmeticExpression.ts';

export const WORDS = {
  opening: 'Okay',
  doubt: 'Wait',
  check: 'check',
  holds: 'ok',
  fails: 'no',
  again: 'redo',
  conclusion: 'so',
} as const;

/** The same for all levels and styles, so that a model of one level can be measured on another. */
export const VOCABULARY: Vocabulary = { characters: '0123456789+-*/()=#\n ', words: Object.values(WORDS) };

export interface LongStyle {
  readonly draws: Draws;
  /** Share of the steps that are checked in words, 0..1. */
  readonly reflectionRate: number;
  /** Share of the steps that are first written wrong, noticed and redone, 0..1. */
  readonly slipRate: number;
}

/** `7+5+0=12`, one step per line, then `#` and the answer. */
export function writeShort(computation: Computation, gold: string): string {
  const lines = [...steps(computation)].map(({ left, result }) => `${left}=${result}`);
  return [...lines, `${ANSWER_MARK}${gold}`].join('\n');
}

export function writeLong(computation: Computation, gold: string, style: LongStyle): string {
  const lines: string[] = [WORDS.opening];
  for (const step of steps(computation)) {
    if (style.draws.chance(style.slipRate)) lines.push(...slip(step, style.draws));
    lines.push(`${step.left}=${step.result}`);
    if (style.draws.chance(style.reflectionRate)) lines.push(reflection(step.left, step.result, WORDS.holds));
  }
  return [...lines, `${WORDS.conclusion} ${ANSWER_MARK}${gold}`].join('\n');
}

interface Step {
  readonly left: string;
  readonly result: bigint;
}

function* steps(computation: Computation): Generator<Step> {
  let current = computation;
  while (current.due !== null) {
    const result = resultOf(current.due);
    yield { left: current.due, result };
    current = current.after(result);
  }
}

/** A wrong result and the check that exposes it. */
function slip({ left, result }: Step, draws: Draws): string[] {
  const wrong = result + BigInt(draws.pick([-10, -2, -1, 1, 2, 10]));
  return [`${left}=${wrong}`, reflection(left, wrong, `${WORDS.fails} ${WORDS.again}`)];
}

function reflection(left: string, result: bigint, verdict: string): string {
  const check = inverse(left, result);
  return `${WORDS.doubt} ${WORDS.check} ${check}=${resultOf(check)} ${verdict}`;
}

/** Undoes the step from its result where that needs no fraction, else states it the other way round. */
function inverse(left: string, result: bigint): string {
  const expression = parseExpression(left);
  if (expression?.kind !== 'operation') throw new Error(`A step needs an operation, got ${JSON.stringify(left)}.`);
  return render(undo(expression, numberNode(result)));
}

function undo(expression: Expression, result: Expression): Expression {
  if (expression.kind === 'number') return result;
  const { operator, left, right } = expression;
  switch (operator) {
    case '+':
      return undo(left, { kind: 'operation', operator: '-', left: result, right });
    case '-':
      return { kind: 'operation', operator: '+', left: result, right };
    case '*':
      return { kind: 'operation', operator: '*', left: right, right: left };
    case '/':
      return { kind: 'operation', operator: '*', left: result, right };
    default:
      return operator satisfies never;
  }
}

/** The integer that an expression of our own making has as its value. */
function resultOf(text: string): bigint {
  const expression = parseExpression(text);
  const value = expression && evaluate(expression);
  if (value?.denominator !== 1n) throw new Error(`${text} has no integer value.`);
  return value.numerator;
}
