/** A mathematical expression as it was written, before anything is computed. */
import type { Rational } from '../rational.ts';

export type Expression =
  | { readonly type: 'number'; readonly value: Rational; readonly places: number | null }
  | { readonly type: 'symbol'; readonly name: string }
  | { readonly type: 'constant'; readonly name: ConstantName }
  | { readonly type: 'apply'; readonly name: FunctionName; readonly args: readonly Expression[] };

/** `e`, `i` and `π` are always the constants. */
export type ConstantName = 'pi' | 'e' | 'i' | 'infinity';

/** Functions of one argument. */
export type Unary = (typeof ONE_ARGUMENT)[number];

const ONE_ARGUMENT = [
  'negate',
  'factorial',
  'percent',
  'degrees',
  'sqrt',
  'abs',
  'floor',
  'ceil',
  'exp',
  'ln',
  'sin',
  'cos',
  'tan',
  'cot',
  'sec',
  'csc',
  'arcsin',
  'arccos',
  'arctan',
  'sinh',
  'cosh',
  'tanh',
] as const;
const TWO_ARGUMENTS = [
  'add',
  'subtract',
  'plusMinus',
  'minusPlus',
  'multiply',
  'divide',
  'power',
  'root',
  'log',
  'binomial',
  'inBase',
  'call',
] as const;

/** `root(x, n)` is the n-th root of x, `log(x, b)` to the base b, `inBase(digits, b)` digits read in base b, `call(f, x)` an unknown function. */
export type FunctionName = Unary | (typeof TWO_ARGUMENTS)[number];

const UNARY: ReadonlySet<string> = new Set(ONE_ARGUMENT);

export const isUnary = (name: FunctionName): name is Unary => UNARY.has(name);

export const apply = (name: FunctionName, ...args: readonly Expression[]): Expression => ({
  type: 'apply',
  name,
  args,
});

/** The same expression with every part replaced that `change` gives another for; parts first. */
export function rewrite(expression: Expression, change: (part: Expression) => Expression): Expression {
  if (expression.type !== 'apply') return change(expression);
  return change({ ...expression, args: expression.args.map((part) => rewrite(part, change)) });
}

/** Whether the expression or one of its parts is such. */
export function someSub(expression: Expression, is: (part: Expression) => boolean): boolean {
  return is(expression) || (expression.type === 'apply' && expression.args.some((part) => someSub(part, is)));
}

/** How many parts it has, itself among them. */
export const sizeOf = (expression: Expression): number =>
  expression.type === 'apply' ? expression.args.reduce((sum, part) => sum + sizeOf(part), 1) : 1;

/** Names of its unknowns, each once. */
export function symbolsOf(expression: Expression): readonly string[] {
  const names = new Set<string>();
  someSub(expression, (part) => {
    if (part.type === 'symbol') names.add(part.name);
    return false;
  });
  return [...names].sort();
}

/** Two readings of an expression with ±: first all upper, then all lower signs. One where there is none. */
export function readingsOf(expression: Expression): readonly Expression[] {
  const isTwofold = someSub(expression, (part) => part.type === 'apply' && SIGNS.has(part.name));
  return isTwofold ? [withSigns(expression, true), withSigns(expression, false)] : [expression];
}

const SIGNS: ReadonlySet<FunctionName> = new Set<FunctionName>(['plusMinus', 'minusPlus']);

const withSigns = (expression: Expression, isUpper: boolean): Expression =>
  rewrite(expression, (part) => {
    if (part.type !== 'apply' || !SIGNS.has(part.name)) return part;
    const isPlus = (part.name === 'plusMinus') === isUpper;
    return { ...part, name: isPlus ? 'add' : 'subtract' };
  });
