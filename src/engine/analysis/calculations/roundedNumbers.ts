/** Numbers of a trace that stand for others they were rounded from, and when a result is the same but for rounding. */
import { combine, compare, integer, type Rational } from '../../grading/rational.ts';
import type { PieceValue } from './pieceValue.ts';
import { between, combined, exactly, overlaps, unitOf, type Range } from './range.ts';
import type { TraceToken } from './traceToken.ts';

type NumberToken = TraceToken & { readonly kind: 'number' };

/** A value that is said to be about another may be so much off. */
const ABOUT_SHARE = { numerator: 1n, denominator: 50n };
const LARGEST_OF_THREE_DIGITS = integer(999n);
const TWO = integer(2n);
const HALF = { numerator: 1n, denominator: 2n };

export class RoundedNumbers {
  /** By value and places as they are written. */
  private readonly known = new Map<string, Range>();

  readonly of = (token: NumberToken): Range | null =>
    this.known.size === 0 ? null : (this.known.get(keyOf(token.value, token.places)) ?? null);

  /** `3.33…` */
  learnDots(tokens: readonly TraceToken[]): void {
    tokens.forEach((token, at) => {
      if (token.kind !== 'postfix' || token.name !== 'dots') return;
      const before = tokens[at - 1];
      if (before?.kind === 'number') this.note(before.value, before.places, null);
    });
  }

  /** `given` stands for a value that is not exactly it: `exact`, where that is known. */
  learn({ range, places, hasOperation }: PieceValue, exact: Range | null): void {
    if (!hasOperation && range.low === range.high) this.note(range.low, places, exact);
  }

  private note(value: Rational, places: number | null, exact: Range | null): void {
    const unit = exactly(unitOf(places ?? -trailingZeros(value)));
    const around = [combined('-', exactly(value), unit), combined('+', exactly(value), unit), exact];
    const range = around.reduce<Range | null>((all, one) => (all && one ? hullOf(all, one) : (all ?? one)), null);
    if (range) this.known.set(keyOf(value, places), range);
  }

  /** Equal; or one side is a decimal that the other is rounded or cut to; or about the same, where no more is claimed. */
  isSame(left: PieceValue, right: PieceValue, isAbout: boolean): boolean {
    if (overlaps(left.range, right.range)) return true;
    for (const [given, exact] of [
      [right, left],
      [left, right],
    ] as const) {
      if (given.hasOperation) continue;
      const isRounded = given.places !== null && isRoundedTo(exact.range, given.range.low, given.places);
      if (!isRounded && !(isAbout && isNear(exact.range, given))) continue;
      this.learn(given, exact.range);
      return true;
    }
    return false;
  }
}

const keyOf = (value: Rational, places: number | null): string => `${value.numerator}/${value.denominator}@${places}`;

const hullOf = (a: Range, b: Range): Range =>
  between(compare(a.low, b.low) < 0 ? a.low : b.low, compare(a.high, b.high) > 0 ? a.high : b.high);

/** To the nearest, or cut off. */
function isRoundedTo(exact: Range, value: Rational, places: number): boolean {
  const unit = unitOf(places);
  const half = combine('*', unit, HALF);
  const isNegative = value.numerator < 0n;
  const [below, above] = isNegative ? [unit, half] : [half, unit];
  const [low, high] = [below && combine('-', value, below), above && combine('+', value, above)];
  if (!low || !high) return false;
  const isAboveLow = compare(exact.high, low) >= (isNegative ? 1 : 0);
  return isAboveLow && compare(exact.low, high) <= (isNegative ? 0 : -1);
}

/** Within two units of the last digit that is no trailing zero; of three digits or fewer, within a fiftieth. */
function isNear(exact: Range, { range, places }: PieceValue): boolean {
  const value = range.low;
  const unit = unitOf(places ?? -trailingZeros(value));
  const digits = combine('/', absolute(value), unit);
  const isShort = digits !== null && compare(digits, LARGEST_OF_THREE_DIGITS) <= 0;
  const widest = [combine('*', unit, TWO), isShort ? combine('*', absolute(value), ABOUT_SHARE) : null]
    .filter((width) => width !== null)
    .reduce((a, b) => (compare(a, b) > 0 ? a : b));
  const around = [combine('-', value, widest), combine('+', value, widest)] as const;
  return around[0] !== null && around[1] !== null && overlaps(exact, between(around[0], around[1]));
}

const absolute = (value: Rational): Rational =>
  value.numerator < 0n ? { ...value, numerator: -value.numerator } : value;

function trailingZeros({ numerator, denominator }: Rational): number {
  if (denominator !== 1n || numerator === 0n) return 0;
  return /0*$/.exec(`${numerator}`)?.[0].length ?? 0;
}
