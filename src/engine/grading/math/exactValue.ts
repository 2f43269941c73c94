/** The exact value of an expression, where it is a fraction. */
import { combine, integer, rational, type Operator, type Rational } from '../rational.ts';
import { TooMuchEffort, type Effort } from './effort.ts';
import type { Expression } from './expression.ts';

const MOST_FACTORIAL = 1000n;

/** Null where it has none or one that is no fraction. Throws `TooMuchEffort`. */
export function exactValue(expression: Expression, effort: Effort): Rational | null {
  effort.spend(1);
  if (expression.type === 'number') return expression.value;
  if (expression.type !== 'apply') return null;
  const args: Rational[] = [];
  for (const part of expression.args) {
    const value = exactValue(part, effort);
    if (value === null) return null;
    args.push(value);
  }
  const [a, b = a] = args;
  return a === undefined || b === undefined ? null : applied(expression.name, a, b, effort);
}

type Name = Extract<Expression, { type: 'apply' }>['name'];

function applied(name: Name, a: Rational, b: Rational, effort: Effort): Rational | null {
  switch (name) {
    case 'add':
      return combined('+', a, b, effort);
    case 'subtract':
      return combined('-', a, b, effort);
    case 'multiply':
      return combined('*', a, b, effort);
    case 'divide':
      return combined('/', a, b, effort);
    case 'percent':
      return combined('/', a, integer(100n), effort);
    case 'negate':
      return { numerator: -a.numerator, denominator: a.denominator };
    case 'abs':
      return { numerator: a.numerator < 0n ? -a.numerator : a.numerator, denominator: a.denominator };
    case 'floor':
      return integer(floorOf(a));
    case 'ceil':
      return integer(-floorOf({ numerator: -a.numerator, denominator: a.denominator }));
    case 'power':
      return power(a, b, effort);
    case 'sqrt':
      return root(a, 2n, effort);
    case 'root':
      return b.denominator === 1n && b.numerator > 0n ? root(a, b.numerator, effort) : null;
    case 'factorial':
      return a.denominator === 1n ? factorial(a.numerator, effort) : null;
    case 'binomial':
      return binomial(a, b, effort);
    case 'inBase':
      return digitsInBase(a, b);
    case 'exp':
      return a.numerator === 0n ? integer(1n) : null;
    case 'log':
      return exactLog(a, b);
    case 'ln':
      return a.numerator === 1n && a.denominator === 1n ? integer(0n) : null;
    case 'call':
    case 'plusMinus':
    case 'minusPlus':
    case 'degrees':
    case 'sin':
    case 'cos':
    case 'tan':
    case 'cot':
    case 'sec':
    case 'csc':
    case 'arcsin':
    case 'arccos':
    case 'arctan':
    case 'sinh':
    case 'cosh':
    case 'tanh':
      return null;
    default:
      return name satisfies never;
  }
}

function combined(operator: Operator, a: Rational, b: Rational, effort: Effort): Rational | null {
  effort.spendBits(bitsOf(a) + bitsOf(b));
  return combine(operator, a, b);
}

/** About; at least one for every 4 bits. */
const bitLength = (value: bigint): number => value.toString(16).length * 4;
const bitsOf = ({ numerator, denominator }: Rational): number => bitLength(numerator) + bitLength(denominator);

function floorOf({ numerator, denominator }: Rational): bigint {
  const quotient = numerator / denominator;
  return numerator < 0n && numerator % denominator !== 0n ? quotient - 1n : quotient;
}

function power(base: Rational, exponent: Rational, effort: Effort): Rational | null {
  if (exponent.denominator !== 1n) {
    const root_ = root(base, exponent.denominator, effort);
    return root_ && power(root_, integer(exponent.numerator), effort);
  }
  const times = exponent.numerator < 0n ? -exponent.numerator : exponent.numerator;
  if (base.numerator === 0n && exponent.numerator <= 0n) return null;
  const isUnit = base.denominator === 1n && base.numerator >= -1n && base.numerator <= 1n;
  if (isUnit) return integer(times % 2n === 0n ? base.numerator * base.numerator : base.numerator);
  effort.spendBits(bitsOf(base) * Math.min(Number(times), Number.MAX_SAFE_INTEGER));
  const [top, bottom] = [base.numerator ** times, base.denominator ** times];
  return exponent.numerator < 0n ? rational(bottom, top) : rational(top, bottom);
}

/** Null where it is no fraction; of a negative number only for odd `degree`. */
function root(value: Rational, degree: bigint, effort: Effort): Rational | null {
  if (degree === 1n) return value;
  if (value.numerator < 0n && degree % 2n === 0n) return null;
  if (degree > 64n) return null;
  const top = wholeRoot(value.numerator < 0n ? -value.numerator : value.numerator, degree, effort);
  const bottom = top === null ? null : wholeRoot(value.denominator, degree, effort);
  if (top === null || bottom === null) return null;
  return rational(value.numerator < 0n ? -top : top, bottom);
}

/** By Newton's iteration from above; null where there is a rest. */
function wholeRoot(value: bigint, degree: bigint, effort: Effort): bigint | null {
  if (value < 2n) return value;
  const bits = bitLength(value);
  let guess = 1n << BigInt(Math.ceil(bits / Number(degree)));
  for (;;) {
    effort.spendBits(bits);
    const next = ((degree - 1n) * guess + value / guess ** (degree - 1n)) / degree;
    if (next >= guess) break;
    guess = next;
  }
  return guess ** degree === value ? guess : null;
}

function factorial(value: bigint, effort: Effort): Rational | null {
  if (value < 0n) return null;
  if (value > MOST_FACTORIAL) throw new TooMuchEffort(`The factorial of ${value}.`);
  let product = 1n;
  for (let factor = 2n; factor <= value; factor++) {
    effort.spend(1);
    product *= factor;
  }
  return integer(product);
}

function binomial(n: Rational, k: Rational, effort: Effort): Rational | null {
  if (n.denominator !== 1n || k.denominator !== 1n || n.numerator < 0n) return null;
  if (n.numerator > MOST_FACTORIAL) throw new TooMuchEffort(`A binomial of ${n.numerator}.`);
  if (k.numerator < 0n || k.numerator > n.numerator) return integer(0n);
  let product = 1n;
  for (let step = 1n; step <= k.numerator; step++) {
    effort.spend(1);
    product = (product * (n.numerator - k.numerator + step)) / step;
  }
  return integer(product);
}

function digitsInBase(digits: Rational, { numerator: base, denominator }: Rational): Rational | null {
  const isBase = denominator === 1n && base >= 2n && base <= 36n && digits.denominator === 1n && digits.numerator >= 0n;
  if (!isBase) return null;
  let value = 0n;
  for (const digit of String(digits.numerator)) {
    if (BigInt(digit) >= base) return null;
    value = value * base + BigInt(digit);
  }
  return integer(value);
}

/** Whole exponents only, by trial: `log(8, 2)` is 3. */
function exactLog(value: Rational, base: Rational): Rational | null {
  if (value.denominator !== 1n || base.denominator !== 1n || base.numerator < 2n || value.numerator < 1n) return null;
  let exponent = 0n;
  let rest = value.numerator;
  for (; rest % base.numerator === 0n && exponent < 512n; exponent++) rest /= base.numerator;
  return rest === 1n ? integer(exponent) : null;
}
