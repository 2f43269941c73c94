/** Numbers that are known exactly or, where they were rounded, between two bounds. */
import { combine, compare, integer, type Rational } from '../../grading/rational.ts';

export interface Range {
  readonly low: Rational;
  /** The same object as `low` where the value is exact. */
  readonly high: Rational;
}

export const exactly = (value: Rational): Range => ({ low: value, high: value });

export const between = (a: Rational, b: Rational): Range =>
  compare(a, b) <= 0 ? { low: a, high: b } : { low: b, high: a };

const ZERO = integer(0n);

/** Null for a division by 0, or by a range that holds it. */
export function combined(operator: '+' | '-' | '*' | '/', a: Range, b: Range): Range | null {
  if (a.low === a.high && b.low === b.high) {
    const value = combine(operator, a.low, b.low);
    return value && exactly(value);
  }
  if (operator === '/' && compare(b.low, ZERO) <= 0 && compare(b.high, ZERO) >= 0) return null;
  let range: Range | null = null;
  for (const left of [a.low, a.high])
    for (const right of [b.low, b.high]) {
      const value = combine(operator, left, right);
      if (value) range = range ? hull(range, value) : exactly(value);
    }
  return range;
}

const hull = ({ low, high }: Range, value: Rational): Range => ({
  low: compare(value, low) < 0 ? value : low,
  high: compare(value, high) > 0 ? value : high,
});

/** Whether some number lies in both; bounds included. */
export const overlaps = (a: Range, b: Range): boolean => compare(a.low, b.high) <= 0 && compare(b.low, a.high) <= 0;

/** One place of a decimal: 1/100 for two places, 100 for minus two. */
export const unitOf = (places: number): Rational =>
  places >= 0 ? { numerator: 1n, denominator: 10n ** BigInt(places) } : integer(10n ** BigInt(-places));
