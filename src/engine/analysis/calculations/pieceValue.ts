/** The value of a piece of formula: exact, or between bounds where rounded numbers are carried on. */
import type { Effort } from '../../grading/math/effort.ts';
import { integer, rational, type Rational } from '../../grading/rational.ts';
import { between, combined, exactly, type Range } from './range.ts';
import type { Operator, TraceToken } from './traceToken.ts';

/** What a piece comes to. */
export interface PieceValue {
  readonly range: Range;
  /** Whether anything is computed in it; a number alone is none, a fraction is. */
  readonly hasOperation: boolean;
  /** Places of a decimal that stands alone; null for anything else. */
  readonly places: number | null;
}

export interface ValueOptions {
  readonly effort: Effort;
  /** `50%` is a half, or the number 50. */
  readonly percents: 'hundredths' | 'plain';
  /** `a / b * c` divides by b, or by all that follows it. */
  readonly divisors: 'next' | 'rest';
  /** What is known of a number that was rounded before; null for one that is meant as it stands. */
  rounded(token: TraceToken & { readonly kind: 'number' }): Range | null;
}

/** Null where it has no value: variables, unknown signs, a form that is none. Throws `TooMuchEffort`. */
export function pieceValue(piece: readonly TraceToken[], options: ValueOptions): PieceValue | null {
  const tokens = piece.filter(({ kind }) => kind !== 'label');
  const reader = new PieceReader(tokens, options);
  const range = reader.sum(0);
  if (range === null || !reader.isAtEnd) return null;
  const numbers = tokens.filter((token) => token.kind === 'number');
  const places = reader.hasOperation || numbers.length !== 1 ? null : (numbers[0]?.places ?? null);
  return { range, hasOperation: reader.hasOperation, places };
}

const DEEPEST = 40;
const MOST_EXPONENT = 64n;
const MOST_FACTORIAL = 30n;
/** Roots that are no fractions are known to so many places. */
const ROOT_PLACES = 12;

class PieceReader {
  hasOperation = false;
  private readonly tokens: readonly TraceToken[];
  private readonly options: ValueOptions;
  private at = 0;

  constructor(tokens: readonly TraceToken[], options: ValueOptions) {
    this.tokens = tokens;
    this.options = options;
  }

  get isAtEnd(): boolean {
    return this.at === this.tokens.length;
  }

  private operatorOf(...known: Operator[]): Operator | null {
    const token = this.tokens[this.at];
    if (token?.kind !== 'operator' || !known.includes(token.operator)) return null;
    this.at++;
    return token.operator;
  }

  sum(depth: number): Range | null {
    if (depth > DEEPEST) return null;
    let left = this.product(depth);
    for (;;) {
      const operator = left && this.operatorOf('+', '-');
      if (!left || !operator) return left;
      left = this.apply(operator, left, this.product(depth));
    }
  }

  private product(depth: number): Range | null {
    if (depth > DEEPEST) return null;
    let left = this.signed(depth);
    for (;;) {
      const operator = left && (this.operatorOf('*', '/') ?? (this.isImplicit() ? '*' : null));
      if (!left || !operator) return left;
      const isAll = operator === '/' && this.options.divisors === 'rest';
      left = this.apply(operator, left, isAll ? this.product(depth + 1) : this.signed(depth));
    }
  }

  /** `3(4 + 1)`, `2\sqrt{9}`. */
  private isImplicit(): boolean {
    const kind = this.tokens[this.at]?.kind;
    return kind === 'open' || kind === 'prefix';
  }

  private apply(operator: Operator, left: Range, right: Range | null): Range | null {
    if (right === null || operator === '^') return null;
    this.hasOperation = true;
    this.options.effort.spendBits(bitsOf(left) + bitsOf(right));
    return combined(operator, left, right);
  }

  private signed(depth: number): Range | null {
    if (depth > DEEPEST) return null;
    if (this.operatorOf('-')) return negated(this.signed(depth + 1));
    if (this.operatorOf('+')) return this.signed(depth + 1);
    return this.power(depth);
  }

  private power(depth: number): Range | null {
    const base = this.operand(depth);
    if (!base || !this.operatorOf('^')) return base;
    const exponent = this.signed(depth + 1);
    this.hasOperation = true;
    return exponent && this.powerOf(base, exponent);
  }

  private powerOf(base: Range, { low: exponent, high }: Range): Range | null {
    if (exponent !== high) return null;
    if (exponent.numerator === 1n && exponent.denominator === 2n) return this.rootOf(base, 2n);
    const times = exponent.numerator < 0n ? -exponent.numerator : exponent.numerator;
    if (exponent.denominator !== 1n || times > MOST_EXPONENT) return null;
    let value: Range | null = exactly(integer(1n));
    for (let i = 0n; i < times && value; i++) value = this.apply('*', value, base);
    return exponent.numerator < 0n && value ? this.apply('/', exactly(integer(1n)), value) : value;
  }

  private operand(depth: number): Range | null {
    let value = this.bare(depth);
    for (let token = this.tokens[this.at]; value && token?.kind === 'postfix'; token = this.tokens[this.at]) {
      this.at++;
      value = this.postfix(token.name, value);
    }
    return value;
  }

  private bare(depth: number): Range | null {
    const token = this.tokens[this.at++];
    if (token?.kind === 'number') return this.options.rounded(token) ?? this.mixed(exactly(token.value), depth);
    if (token?.kind === 'prefix') return token.name === 'fraction' ? this.fraction(depth) : this.root(depth);
    if (token?.kind !== 'open') return null;
    const inner = this.sum(depth + 1);
    return this.tokens[this.at++]?.kind === 'close' ? inner : null;
  }

  /** `2\frac{1}{2}` is two and a half. */
  private mixed(whole: Range, depth: number): Range | null {
    const next = this.tokens[this.at];
    if (next?.kind !== 'prefix' || next.name !== 'fraction' || whole.low.denominator !== 1n) return whole;
    this.at++;
    return this.apply('+', whole, this.fraction(depth));
  }

  private fraction(depth: number): Range | null {
    const top = this.group(depth);
    return top && this.apply('/', top, this.group(depth));
  }

  private group(depth: number): Range | null {
    if (this.tokens[this.at++]?.kind !== 'open') return null;
    const inner = this.sum(depth + 1);
    return this.tokens[this.at++]?.kind === 'close' ? inner : null;
  }

  /** `\sqrt{9}`, `\sqrt[3]{8}`, `sqrt(9)`, `√9`. */
  private root(depth: number): Range | null {
    this.hasOperation = true;
    const first = this.tokens[this.at];
    if (first?.kind === 'number') {
      this.at++;
      return this.rootOf(exactly(first.value), 2n);
    }
    const inner = this.group(depth);
    if (!inner || this.tokens[this.at]?.kind !== 'open') return inner && this.rootOf(inner, 2n);
    const value = this.group(depth);
    const isDegree = inner.low === inner.high && inner.low.denominator === 1n && inner.low.numerator === 3n;
    return isDegree && value ? this.rootOf(value, 3n) : null;
  }

  private rootOf({ low, high }: Range, degree: bigint): Range | null {
    if (low !== high || (low.numerator < 0n && degree === 2n)) return null;
    const sign = low.numerator < 0n ? -1n : 1n;
    const [top, bottom] = [wholeRoot(sign * low.numerator, degree), wholeRoot(low.denominator, degree)];
    const exact = top ** degree === sign * low.numerator && bottom ** degree === low.denominator;
    if (exact) return exactRange(rational(sign * top, bottom));
    const scale = 10n ** BigInt(ROOT_PLACES);
    const scaled = wholeRoot((sign * low.numerator * scale ** degree) / low.denominator, degree);
    const [a, b] = [rational(sign * scaled, scale), rational(sign * (scaled + 1n), scale)];
    return a && b && between(a, b);
  }

  private postfix(name: (TraceToken & { kind: 'postfix' })['name'], value: Range): Range | null {
    switch (name) {
      case 'dots':
        return value;
      case 'percent':
        return this.options.percents === 'plain' ? value : combined('/', value, exactly(integer(100n)));
      case 'squared':
      case 'cubed':
        this.hasOperation = true;
        return this.powerOf(value, exactly(integer(name === 'squared' ? 2n : 3n)));
      case 'factorial':
        this.hasOperation = true;
        return factorial(value);
      default:
        return name satisfies never;
    }
  }
}

const bitsOf = ({ low }: Range): number =>
  (low.numerator.toString(16).length + low.denominator.toString(16).length) * 4;

const exactRange = (value: Rational | null): Range | null => value && exactly(value);

const negated = (range: Range | null): Range | null => range && combined('-', exactly(integer(0n)), range);

function factorial({ low, high }: Range): Range | null {
  if (low !== high || low.denominator !== 1n || low.numerator < 0n || low.numerator > MOST_FACTORIAL) return null;
  let product = 1n;
  for (let factor = 2n; factor <= low.numerator; factor++) product *= factor;
  return exactly(integer(product));
}

/** The largest whole number whose power is not above `value` (>= 0). */
function wholeRoot(value: bigint, degree: bigint): bigint {
  if (value < 2n) return value;
  let guess = 1n << BigInt(Math.ceil((value.toString(2).length + 1) / Number(degree)));
  for (;;) {
    const next = ((degree - 1n) * guess + value / guess ** (degree - 1n)) / degree;
    if (next >= guess) return guess;
    guess = next;
  }
}
