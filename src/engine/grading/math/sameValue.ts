/** Whether two values are the same, with their units, percent signs and the tolerance for rounded decimals. */
import { combine, equal, integer, type Rational } from '../rational.ts';
import { decimalForm, type DecimalForm } from './decimalForm.ts';
import type { Effort } from './effort.ts';
import { exactValue } from './exactValue.ts';
import { apply, rewrite, someSub, type Expression, type FunctionName } from './expression.ts';
import type { MathAnswer } from './mathAnswer.ts';
import { numericValue, toNumber } from './numericValue.ts';
import { sameExpression, type SameRule } from './sameExpression.ts';
import { conversion, isOne } from './units.ts';

type Value = MathAnswer & { readonly type: 'value' };

/** `rounded`: one is a decimal that rounds the other. `percent`: the sign stands at one of the two only. */
export type ValueRule = SameRule | 'sameForm' | 'rounded' | 'percent' | 'base';

/** Null where they are not the same. Throws `TooMuchEffort`. */
export function sameValue(
  gold: Value,
  prediction: Value,
  { isRoundingAllowed }: { readonly isRoundingAllowed: boolean },
  effort: Effort,
): ValueRule | null {
  const wanted = withoutDegrees(gold.expression);
  const given = inUnitOf(gold.unit, prediction, withoutDegrees(prediction.expression));
  if (given === null) return null;
  const compare = (a: Expression, b: Expression): ValueRule | null =>
    sameNumber(a, b, effort) ?? (isRounded(a, b, isRoundingAllowed, effort) ? 'rounded' : null);
  return compare(wanted, given) ?? samePercent(wanted, given, compare, effort);
}

const TRIGONOMETRIC: ReadonlySet<FunctionName> = new Set<FunctionName>(['sin', 'cos', 'tan', 'cot', 'sec', 'csc']);

/** The sign of degrees counts inside of sines and the like only. */
function withoutDegrees(expression: Expression): Expression {
  if (someSub(expression, (part) => part.type === 'apply' && TRIGONOMETRIC.has(part.name))) return expression;
  return rewrite(expression, (part) =>
    part.type === 'apply' && part.name === 'degrees' && part.args[0] ? part.args[0] : part,
  );
}

/** The prediction in the unit of the gold; null where it measures something else. */
function inUnitOf(unit: string | null, prediction: Value, expression: Expression): Expression | null {
  if (unit === null || prediction.unit === null) return expression;
  const factor = conversion(prediction.unit, unit);
  if (factor === null || isOne(factor)) return factor && expression;
  return apply('multiply', expression, { type: 'number', value: factor, places: null });
}

function sameNumber(a: Expression, b: Expression, effort: Effort): ValueRule | null {
  if (isSameForm(a, b)) return 'sameForm';
  const [baseA, baseB] = [partsInBase(a), partsInBase(b)];
  if (baseA && baseB) return baseA.every((part, place) => isPair(part, baseB[place], effort)) ? 'base' : null;
  if (baseA ?? baseB) return isPair(baseA?.[0] ?? a, baseB?.[0] ?? b, effort) ? 'base' : null;
  return sameExpression(a, b, effort);
}

const isPair = (a: Expression, b: Expression | undefined, effort: Effort): boolean =>
  b !== undefined && sameExpression(a, b, effort) !== null;

const partsInBase = (expression: Expression): readonly Expression[] | null =>
  expression.type === 'apply' && expression.name === 'inBase' ? expression.args : null;

/** Written alike, part by part. */
function isSameForm(a: Expression, b: Expression): boolean {
  if (a.type === 'number') return b.type === 'number' && equal(a.value, b.value);
  if (a.type === 'apply')
    return (
      b.type === 'apply' && a.name === b.name && a.args.every((part, place) => isSameForm(part, b.args[place] ?? part))
    );
  return b.type === a.type && b.name === a.name;
}

type Compare = (a: Expression, b: Expression) => ValueRule | null;

/** `50` is `50 %` where the sign is missing, from 1 % on. */
function samePercent(gold: Expression, prediction: Expression, compare: Compare, effort: Effort): 'percent' | null {
  const [a, b] = [percentIn(gold), percentIn(prediction)];
  if ((a === null) === (b === null)) return null;
  const share = exactValue(a ?? b ?? gold, effort);
  if (!share || share.numerator < share.denominator) return null;
  return compare(a ?? gold, b ?? prediction) === null ? null : 'percent';
}

const percentIn = (expression: Expression): Expression | null =>
  expression.type === 'apply' && expression.name === 'percent' ? (expression.args[0] ?? null) : null;

/** Digits that a decimal must have to stand for an exact gold. */
const LEAST_DIGITS = 6;
const LEAST_GOLD_DIGITS = 3;
const LEAST_SCIENTIFIC_DIGITS = 2;

function isRounded(gold: Expression, prediction: Expression, isAllowed: boolean, effort: Effort): boolean {
  const [wanted, given] = [decimalForm(gold), decimalForm(prediction)];
  if (wanted) return isRoundedGold(wanted, prediction, given, effort);
  return isAllowed && given !== null && given.digits >= LEAST_DIGITS && isRoundingOf(given, gold, effort);
}

/** A decimal gold may be rounded itself: a prediction that tells more counts if it rounds to it. */
function isRoundedGold(gold: DecimalForm, prediction: Expression, given: DecimalForm | null, effort: Effort): boolean {
  if (gold.digits < (gold.isScientific ? LEAST_SCIENTIFIC_DIGITS : LEAST_GOLD_DIGITS)) return false;
  if (given !== null && given.places <= gold.places) return false;
  const apart = distance(gold.value, prediction, effort);
  return apart !== null && apart <= 0.5 * 10 ** -gold.places * (1 + 1e-12);
}

/** Rounded or cut at its own last place; of a whole number only that number itself. */
function isRoundingOf(decimal: DecimalForm, exact: Expression, effort: Effort): boolean {
  const whole = exactValue(exact, effort);
  if (whole?.denominator === 1n) return false;
  const apart = distance(decimal.value, exact, effort);
  if (apart === null) return false;
  const unit = 10 ** -decimal.places;
  if (apart <= 0.5 * unit * (1 + 1e-12)) return true;
  const value = whole ? toNumber(whole) : (numericValue(exact, new Map())?.value.re ?? 0);
  return apart < unit && Math.abs(toNumber(decimal.value)) < Math.abs(value);
}

/** Null where the expression has no real value. */
function distance(from: Rational, expression: Expression, effort: Effort): number | null {
  const exact = exactValue(expression, effort);
  if (exact) {
    const apart = combine('-', exact, from) ?? integer(0n);
    return Math.abs(toNumber(apart));
  }
  const found = numericValue(expression, new Map());
  return found && found.value.im === 0 ? Math.abs(found.value.re - toNumber(from)) : null;
}
