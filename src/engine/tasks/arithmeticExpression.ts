/** Reads, writes and computes expressions of + - * / and parentheses, exactly. */
import { combine, integer, type Operator, type Rational } from '../grading/rational.ts';

export type Expression = NumberNode | OperationNode;

export interface NumberNode {
  readonly kind: 'number';
  readonly value: bigint;
}

export interface OperationNode {
  readonly kind: 'operation';
  readonly operator: Operator;
  readonly left: Expression;
  readonly right: Expression;
}

export const numberNode = (value: bigint): NumberNode => ({ kind: 'number', value });

/** Longer texts, deeper nesting and longer numbers are refused: a model may write anything. */
const LIMIT = { characters: 2000, depth: 50, digits: 40 } as const;

/** Spaces are ignored; operators of one rank are computed from left to right. Null for anything that is no expression. */
export function parseExpression(text: string): Expression | null {
  if (text.length > LIMIT.characters) return null;
  const tokens = text.match(/\d+|\S/g) ?? [];
  const reader = new Reader(tokens);
  const expression = reader.sum(0);
  return expression && reader.isAtEnd() ? expression : null;
}

/** Recursive descent; null passes up as soon as something does not fit. */
class Reader {
  private at = 0;
  private readonly tokens: readonly string[];

  constructor(tokens: readonly string[]) {
    this.tokens = tokens;
  }

  isAtEnd(): boolean {
    return this.at === this.tokens.length;
  }

  sum(depth: number): Expression | null {
    return this.row(['+', '-'], () => this.row(['*', '/'], () => this.factor(depth)));
  }

  private row(operators: readonly Operator[], operand: () => Expression | null): Expression | null {
    let left = operand();
    for (;;) {
      const operator = operators.find((known) => known === this.tokens[this.at]);
      if (!left || !operator) return left;
      this.at++;
      const right = operand();
      left = right && { kind: 'operation', operator, left, right };
    }
  }

  private factor(depth: number): Expression | null {
    const token = this.tokens[this.at++] ?? '';
    if (/^\d+$/.test(token)) return token.length > LIMIT.digits ? null : numberNode(BigInt(token));
    if (token === '-') return this.negative();
    if (token !== '(' || depth >= LIMIT.depth) return null;
    const inner = this.sum(depth + 1);
    return this.tokens[this.at++] === ')' ? inner : null;
  }

  private negative(): Expression | null {
    const digits = this.tokens[this.at++] ?? '';
    return /^\d+$/.test(digits) && digits.length <= LIMIT.digits ? numberNode(-BigInt(digits)) : null;
  }
}

/** Null where it divides by 0. */
export function evaluate(expression: Expression): Rational | null {
  if (expression.kind === 'number') return integer(expression.value);
  const left = evaluate(expression.left);
  const right = evaluate(expression.right);
  return left && right && combine(expression.operator, left, right);
}

const RANK: Readonly<Record<Operator, number>> = { '+': 1, '-': 1, '*': 2, '/': 2 };

/** With as few parentheses as keep the tree; a negative number stands bare only at the start. */
export function render(expression: Expression): string {
  if (expression.kind === 'number') return `${expression.value}`;
  const { operator, left, right } = expression;
  const isLeftWrapped = left.kind === 'operation' && RANK[left.operator] < RANK[operator];
  const isRightWrapped = right.kind === 'operation' ? RANK[right.operator] <= RANK[operator] : right.value < 0n;
  const wrap = (text: string, isWrapped: boolean): string => (isWrapped ? `(${text})` : text);
  return `${wrap(render(left), isLeftWrapped)}${operator}${wrap(render(right), isRightWrapped)}`;
}
