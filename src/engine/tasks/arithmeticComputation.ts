/** A computation done one written step at a time: which step is due, and what follows from its result. */
import { type Expression, numberNode, type OperationNode, parseExpression, render } from './arithmeticExpression.ts';

/** Immutable, so that a step can be taken back. */
export interface Computation {
  /** Left side of the step that is due, e.g. `7+5+1`; null when all is done. */
  readonly due: string | null;
  /** What remains after the due step was written with this result, right or wrong. */
  after(result: bigint): Computation;
}

/** Sums of two numbers go digit by digit with carries; all else is reduced one operation at a time. Null for no expression, or one without operations. */
export function computationOf(text: string): Computation | null {
  const sum = /^(\d+)\+(\d+)$/.exec(text);
  if (sum) return columnAddition(sum[1] ?? '', sum[2] ?? '', 0, 0);
  const expression = parseExpression(text);
  return expression?.kind === 'operation' ? reduction(expression) : null;
}

/** From the last digit to the first: `digit+digit+carry`. */
function columnAddition(a: string, b: string, place: number, carry: number): Computation {
  const digit = (number: string): string => number[number.length - 1 - place] ?? '0';
  const isDone = place >= Math.max(a.length, b.length);
  return {
    due: isDone ? null : `${digit(a)}+${digit(b)}+${carry}`,
    after: (result) => columnAddition(a, b, place + 1, result > 9n ? 1 : 0),
  };
}

/** From the left, innermost first: the first operation between two numbers is due. */
function reduction(expression: Expression): Computation {
  const due = dueOperation(expression);
  return {
    due: due && render(due),
    after: (result) => reduction(due ? replace(expression, due, result) : expression),
  };
}

function dueOperation(expression: Expression): OperationNode | null {
  if (expression.kind === 'number') return null;
  return dueOperation(expression.left) ?? dueOperation(expression.right) ?? expression;
}

function replace(expression: Expression, target: OperationNode, result: bigint): Expression {
  if (expression === target) return numberNode(result);
  if (expression.kind === 'number') return expression;
  const left = replace(expression.left, target, result);
  return {
    ...expression,
    left,
    right: left === expression.left ? replace(expression.right, target, result) : expression.right,
  };
}
