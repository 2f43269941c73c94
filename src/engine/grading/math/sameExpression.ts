/** Whether two expressions have the same value: as exact fractions, else at seeded points. */
import { equal, type Rational } from '../rational.ts';
import { magnitude, subtract, type Complex } from './complexNumber.ts';
import type { Effort } from './effort.ts';
import { exactValue } from './exactValue.ts';
import { apply, sizeOf, someSub, symbolsOf, type Expression } from './expression.ts';
import { numericValue } from './numericValue.ts';

export type SameRule = 'exact' | 'numeric' | 'points';

/** Relative; doubles keep 15 to 16 digits, and a few are lost on the way. */
const TOLERANCE = 1e-11;
/** Of the largest summand: what is left of a difference that cancels. */
const ROUNDING = 1e-14;
const POINTS = 12;
/** Both expressions have a value at so many points at least. */
const LEAST_POINTS = 3;
const MOST_SYMBOLS = 12;

/** How it was found that they are the same; null if they are not, or if nobody can tell. Throws `TooMuchEffort`. */
export function sameExpression(a: Expression, b: Expression, effort: Effort): SameRule | null {
  const [left, right] = [exactValue(a, effort), exactValue(b, effort)];
  if (left && right) return equal(left, right) ? 'exact' : null;
  const names = [...new Set([...symbolsOf(a), ...symbolsOf(b)])].sort();
  const rooted = left ? powerOfRoot(b, left, effort) : right ? powerOfRoot(a, right, effort) : null;
  if (rooted) return sameExpression(rooted.inner, rooted.power, effort);
  if (isBeyondDoubles(left ?? right)) return null;
  effort.spend(sizeOf(a) + sizeOf(b));
  if (names.length === 0) return isSameConstant(a, b) ? 'numeric' : null;
  return names.length <= MOST_SYMBOLS && isSameAtPoints(a, b, names, effort) ? 'points' : null;
}

/** A root equals a fraction if what stands under it equals the power of that fraction; null where it is no root, or negative. */
function powerOfRoot(
  expression: Expression,
  value: Rational,
  effort: Effort,
): { readonly inner: Expression; readonly power: Expression } | null {
  if (expression.type !== 'apply' || value.numerator < 0n || `${value.numerator}${value.denominator}`.length > 200)
    return null;
  const [inner, degree] = expression.args;
  const isRoot = expression.name === 'sqrt' || (expression.name === 'root' && degree?.type === 'number');
  if (!isRoot || !inner) return null;
  const fraction: Expression = { type: 'number', value, places: null };
  const exact = exactValue(apply('power', fraction, degree ?? TWO), effort);
  return exact && { inner, power: { type: 'number', value: exact, places: null } };
}

const TWO: Expression = { type: 'number', value: { numerator: 2n, denominator: 1n }, places: null };

const MOST_DIGITS = 15;

/** A fraction with more digits than doubles keep: another kind of number cannot be told apart from it. */
const isBeyondDoubles = (value: Rational | null): boolean =>
  value !== null && `${value.numerator}${value.denominator}`.length > MOST_DIGITS;

function isSameConstant(a: Expression, b: Expression): boolean {
  const [left, right] = [signOfInfinity(a), signOfInfinity(b)];
  if (left !== 0 || right !== 0) return left === right;
  const nowhere = new Map<string, number>();
  return isClose(numericValue(a, nowhere), numericValue(b, nowhere));
}

/** 1 for ∞, -1 for -∞, 0 for anything else. */
export function signOfInfinity(expression: Expression): -1 | 0 | 1 {
  if (expression.type === 'constant' && expression.name === 'infinity') return 1;
  if (expression.type !== 'apply' || expression.name !== 'negate') return 0;
  const [inner] = expression.args;
  return inner && signOfInfinity(inner) === 1 ? -1 : 0;
}

type Value = ReturnType<typeof numericValue>;

function isClose(a: Value, b: Value): boolean {
  if (!a || !b) return false;
  const apart = magnitude(subtract(a.value, b.value));
  const size = Math.max(magnitude(a.value), magnitude(b.value));
  return apart <= Math.max(TOLERANCE * size, ROUNDING * Math.max(a.scale, b.scale));
}

function isSameAtPoints(a: Expression, b: Expression, names: readonly string[], effort: Effort): boolean {
  let compared = 0;
  const size = sizeOf(a) + sizeOf(b);
  for (const point of pointsFor(names, isCounting(a) || isCounting(b))) {
    effort.spend(20 + size);
    const [left, right] = [numericValue(a, point), numericValue(b, point)];
    if (!left || !right || left.isBeyondReals || right.isBeyondReals) continue;
    if (!isClose(left, right)) return false;
    compared++;
  }
  return compared >= LEAST_POINTS || isSameBeyondReals(a, b, names);
}

/** For expressions that have no real value at most points: principal values are compared. */
function isSameBeyondReals(a: Expression, b: Expression, names: readonly string[]): boolean {
  const points = pointsFor(names, false).map((point) => [numericValue(a, point), numericValue(b, point)] as const);
  const defined = points.filter(([left, right]) => left !== null && right !== null);
  return defined.length >= LEAST_POINTS && defined.every(([left, right]) => isClose(left, right));
}

/** The difference of two sides at points, for equations: null where one has no value. */
export function valuesAtPoints(expression: Expression, names: readonly string[]): readonly (Complex | null)[] {
  return pointsFor(names, false).map((point) => numericValue(expression, point)?.value ?? null);
}

/** Factorials and binomials are compared at whole numbers. */
const isCounting = (expression: Expression): boolean =>
  someSub(expression, ({ type, ...part }) => type === 'apply' && 'name' in part && COUNTING.has(part.name));

const COUNTING: ReadonlySet<string> = new Set(['factorial', 'binomial']);

/** The first third is positive, the rest has both signs; the same for the same names. */
function pointsFor(names: readonly string[], isWhole: boolean): readonly ReadonlyMap<string, number>[] {
  return Array.from({ length: POINTS }, (_, point) => {
    const isPositive = isWhole || point < POINTS / 2;
    const isNegative = (place: number): boolean => !isPositive && ((point >> (place % 3)) & 1) === 1;
    return new Map(
      names.map((name, place) => [name, coordinate(point * MOST_SYMBOLS + place, isNegative(place), isWhole)]),
    );
  });
}

/** From a sequence that fills the interval evenly (fractions of multiples of the golden ratio), never 0 or ±1. */
function coordinate(index: number, isNegative: boolean, isWhole: boolean): number {
  const share = ((index + 1) * 0.618_033_988_749_894_9) % 1;
  if (isWhole) return 1 + Math.floor(share * 11);
  const size = 0.137 + 2.71 * share;
  return isNegative ? -size : size;
}
