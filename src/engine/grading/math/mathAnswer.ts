/** What an answer says, before it is compared: a value, several of them, a relation, or words. */
import type { Expression } from './expression.ts';

export type RelationSign = '=' | '<' | '<=' | '!=' | 'in' | 'approx';

export type MathAnswer =
  | { readonly type: 'value'; readonly expression: Expression; readonly unit: string | null }
  /** `a < b <= c` has three sides and two signs; `>` is turned round. */
  | { readonly type: 'relation'; readonly sides: readonly Side[]; readonly signs: readonly RelationSign[] }
  /** Without brackets: `1, 2`, `1 and 2`. */
  | { readonly type: 'list'; readonly items: readonly MathAnswer[] }
  | { readonly type: 'set'; readonly items: readonly MathAnswer[] }
  /** With an order; of two items also an interval. */
  | {
      readonly type: 'tuple';
      readonly open: '(' | '[';
      readonly close: ')' | ']';
      readonly items: readonly MathAnswer[];
    }
  | { readonly type: 'union'; readonly items: readonly MathAnswer[] }
  | { readonly type: 'matrix'; readonly rows: readonly (readonly Expression[])[] }
  | { readonly type: 'ratio'; readonly parts: readonly Expression[] }
  | { readonly type: 'text'; readonly text: string };

export interface Side {
  /** What the side calls something by: `x`, `f(x)`, `AB`; null for anything else. */
  readonly name: string | null;
  readonly answer: MathAnswer;
}

export const value = (expression: Expression, unit: string | null = null): MathAnswer => ({
  type: 'value',
  expression,
  unit,
});
