/** What a trace is cut into before its equations are looked for. */
import type { Rational } from '../../grading/rational.ts';

/** Where a token stands, in UTF-16 units, and whether a space or a delimiter of formulas stands before it. */
export interface Place {
  readonly start: number;
  readonly end: number;
  readonly isApart: boolean;
}

export type Operator = '+' | '-' | '*' | '/' | '^';

/** `symbol` is whatever has no value here: a variable, a date, an unknown command. */
export type TraceToken = Place &
  (
    | {
        readonly kind: 'number';
        readonly value: Rational;
        /** Behind the point; null for none. */ readonly places: number | null;
      }
    | { readonly kind: 'operator'; readonly operator: Operator; readonly isWord: boolean }
    | { readonly kind: 'open' | 'close'; readonly sign: string }
    | { readonly kind: 'prefix'; readonly name: 'fraction' | 'root' }
    | { readonly kind: 'postfix'; readonly name: 'percent' | 'factorial' | 'squared' | 'cubed' | 'dots' }
    | { readonly kind: 'relation'; readonly name: Relation }
    /** In small letters. */
    | { readonly kind: 'word'; readonly text: string }
    /** What is counted, behind a number: `apples`, `km`. */
    | { readonly kind: 'label'; readonly text: string }
    | { readonly kind: 'symbol' }
    | { readonly kind: 'break'; readonly sign: string }
  );

export type Relation = 'equal' | 'about' | 'other';

/** Whether an operand may end with the token. */
export const isOperandEnd = (token: TraceToken | undefined): boolean =>
  token?.kind === 'number' || token?.kind === 'close' || token?.kind === 'postfix' || token?.kind === 'label';
