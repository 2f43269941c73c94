/** Signs and commands that mean the same wherever they stand; null for those that mean nothing here. */
import type { Operator, Relation } from './traceToken.ts';

type Meaning =
  | { readonly kind: 'operator'; readonly operator: Operator; readonly isWord: false }
  | { readonly kind: 'relation'; readonly name: Relation }
  | { readonly kind: 'open' | 'close'; readonly sign: string }
  | { readonly kind: 'prefix'; readonly name: 'fraction' | 'root' }
  | { readonly kind: 'postfix'; readonly name: 'percent' | 'squared' | 'cubed' }
  | { readonly kind: 'symbol' }
  | { readonly kind: 'break'; readonly sign: string };

const operator = (sign: Operator): Meaning => ({ kind: 'operator', operator: sign, isWord: false });
const relation = (name: Relation): Meaning => ({ kind: 'relation', name });
const BREAK: Meaning = { kind: 'break', sign: ';' };

const table = (
  rows: readonly (readonly [names: string, meaning: Meaning | null])[],
): ReadonlyMap<string, Meaning | null> =>
  new Map(rows.flatMap(([names, meaning]) => names.split(' ').map((name) => [name, meaning] as const)));

export const SIGNS = table([
  ['× · ⋅ ∗ ∙', operator('*')],
  ['/ ÷ ∕', operator('/')],
  ['^', operator('^')],
  ['=', relation('equal')],
  ['≈ ≃ ≅ ∼ ~ ≐', relation('about')],
  ['== := != <= >= < > ≠ ≤ ≥ ≡', relation('other')],
  ['( [', { kind: 'open', sign: '(' }],
  ['{', { kind: 'open', sign: '{' }],
  [') ]', { kind: 'close', sign: ')' }],
  ['}', { kind: 'close', sign: '}' }],
  ['√', { kind: 'prefix', name: 'root' }],
  ['²', { kind: 'postfix', name: 'squared' }],
  ['³', { kind: 'postfix', name: 'cubed' }],
  ['_ | ± // π ∞ ∑ ∏ ∫', { kind: 'symbol' }],
]);

/** LaTeX, without the backslash; what is not named here is a symbol. */
export const COMMANDS = table([
  ['times cdot ast', operator('*')],
  ['div', operator('/')],
  ['frac dfrac tfrac cfrac', { kind: 'prefix', name: 'fraction' }],
  ['sqrt', { kind: 'prefix', name: 'root' }],
  ['approx simeq sim cong doteq', relation('about')],
  ['neq ne le leq ge geq lt gt leqslant geqslant equiv propto', relation('other')],
  ['%', { kind: 'postfix', name: 'percent' }],
  [
    'left right big Big bigl bigr Bigl Bigr displaystyle textstyle limits boxed fbox mathbf boldsymbol bm phantom text textbf textit textrm mathrm mbox',
    null,
  ],
  [
    'quad qquad Rightarrow rightarrow Longrightarrow longrightarrow implies iff Leftrightarrow to therefore because checkmark newline hline',
    BREAK,
  ],
]);
