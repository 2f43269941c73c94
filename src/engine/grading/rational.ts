/** Exact fractions: no rounding decides whether an answer is right. */

/** In lowest terms; the denominator is positive. */
export interface Rational {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** Null for a denominator of 0. */
export function rational(numerator: bigint, denominator = 1n): Rational | null {
  if (denominator === 0n) return null;
  const divisor = greatestCommonDivisor(numerator, denominator) * (denominator < 0n ? -1n : 1n);
  return { numerator: numerator / divisor, denominator: denominator / divisor };
}

export const integer = (value: bigint): Rational => ({ numerator: value, denominator: 1n });

export const equal = (a: Rational, b: Rational): boolean =>
  a.numerator === b.numerator && a.denominator === b.denominator;

/** Below 0 where `a` is the smaller, above 0 where `b` is. */
export function compare(a: Rational, b: Rational): number {
  const difference = a.numerator * b.denominator - b.numerator * a.denominator;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

export type Operator = '+' | '-' | '*' | '/';

/** Null for a division by 0. */
export function combine(operator: Operator, a: Rational, b: Rational): Rational | null {
  switch (operator) {
    case '+':
      return rational(a.numerator * b.denominator + b.numerator * a.denominator, a.denominator * b.denominator);
    case '-':
      return rational(a.numerator * b.denominator - b.numerator * a.denominator, a.denominator * b.denominator);
    case '*':
      return rational(a.numerator * b.numerator, a.denominator * b.denominator);
    case '/':
      return rational(a.numerator * b.denominator, a.denominator * b.numerator);
    default:
      return operator satisfies never;
  }
}

/** Of `12`, `-3`, `0.25` or `-7/2`; null for anything else, for a denominator of 0 and for more than 60 characters. */
export function parseRational(text: string): Rational | null {
  const match = /^(-?)(\d+)(?:\.(\d+)|\/(\d+))?$/.exec(text);
  if (!match || text.length > 60) return null;
  const [, sign = '', whole = '', decimals = '', denominator = '1'] = match;
  const scale = 10n ** BigInt(decimals.length);
  return rational(BigInt(`${sign}${whole}${decimals}`), BigInt(denominator) * scale);
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  let [x, y] = [a < 0n ? -a : a, b < 0n ? -b : b];
  while (y > 0n) [x, y] = [y, x % y];
  return x;
}
