/** The value of an expression at a point, in double precision; an unknown function f is some function that depends on the value of f. */
import {
  add,
  arccos,
  arcsin,
  arctan,
  complex,
  cos,
  cosh,
  divide,
  exp,
  ln,
  magnitude,
  multiply,
  negate,
  power,
  sin,
  sinh,
  sqrt,
  subtract,
  type Complex,
} from './complexNumber.ts';
import { isUnary, type Expression, type FunctionName, type Unary } from './expression.ts';
import type { Rational } from '../rational.ts';

export interface NumericValue {
  readonly value: Complex;
  /** The largest summand on the way: what rounding errors are measured by. */
  readonly scale: number;
  /** A root or logarithm of a negative number was taken on the way. */
  readonly isBeyondReals: boolean;
}

/** Null where a part has no finite value. */
export function numericValue(expression: Expression, point: ReadonlyMap<string, number>): NumericValue | null {
  const evaluation = new Evaluation(point);
  const value = evaluation.of(expression);
  if (!Number.isFinite(value.re) || !Number.isFinite(value.im)) return null;
  return { value, scale: evaluation.scale, isBeyondReals: evaluation.isBeyondReals };
}

class Evaluation {
  scale = 0;
  isBeyondReals = false;
  private readonly point: ReadonlyMap<string, number>;

  constructor(point: ReadonlyMap<string, number>) {
    this.point = point;
  }

  of(expression: Expression): Complex {
    switch (expression.type) {
      case 'number':
        return complex(toNumber(expression.value));
      case 'symbol':
        return complex(this.point.get(expression.name) ?? Number.NaN);
      case 'constant':
        return CONSTANTS[expression.name];
      case 'apply': {
        const [a, b] = expression.args.map((part) => this.of(part));
        return a === undefined ? NOTHING : this.apply(expression.name, a, b ?? NOTHING);
      }
      default:
        return expression satisfies never;
    }
  }

  private apply(name: FunctionName, a: Complex, b: Complex): Complex {
    if (isUnary(name)) return this.applyOne(name, a);
    switch (name) {
      case 'add':
        return add(this.summand(a), this.summand(b));
      case 'subtract':
        return subtract(this.summand(a), this.summand(b));
      case 'multiply':
        return multiply(a, b);
      case 'divide':
        return divide(a, b);
      case 'power':
        return power(Number.isInteger(b.re) ? a : this.real(a), b);
      case 'root':
        return this.root(a, b);
      case 'log':
        return divide(ln(this.real(a)), ln(this.real(b)));
      case 'binomial':
        return complex(gamma(a.re + 1) / (gamma(b.re + 1) * gamma(a.re - b.re + 1)));
      case 'call':
        return sin(multiply(a, add(b, complex(1))));
      case 'plusMinus':
      case 'minusPlus':
      case 'inBase':
        return NOTHING;
      default:
        return name satisfies never;
    }
  }

  private applyOne(name: Unary, a: Complex): Complex {
    switch (name) {
      case 'negate':
        return negate(a);
      case 'percent':
        return complex(a.re / 100, a.im / 100);
      case 'degrees':
        return complex((a.re * Math.PI) / 180, (a.im * Math.PI) / 180);
      case 'factorial':
        return complex(gamma(a.re + 1));
      case 'sqrt':
        return sqrt(this.real(a));
      case 'abs':
        return complex(magnitude(a));
      case 'floor':
        return complex(Math.floor(a.re));
      case 'ceil':
        return complex(Math.ceil(a.re));
      case 'exp':
        return exp(a);
      case 'ln':
        return ln(this.real(a));
      case 'sin':
        return sin(this.summand(a));
      case 'cos':
        return cos(this.summand(a));
      case 'tan':
        return byWave(sin(this.summand(a)), cos(a));
      case 'cot':
        return byWave(cos(this.summand(a)), sin(a));
      case 'sec':
        return byWave(complex(1), cos(this.summand(a)));
      case 'csc':
        return byWave(complex(1), sin(this.summand(a)));
      case 'arcsin':
        return arcsin(this.inUnit(a));
      case 'arccos':
        return arccos(this.inUnit(a));
      case 'arctan':
        return arctan(a);
      case 'sinh':
        return sinh(a);
      case 'cosh':
        return cosh(a);
      case 'tanh':
        return divide(sinh(a), cosh(a));
      default:
        return name satisfies never;
    }
  }

  private summand(value: Complex): Complex {
    this.scale = Math.max(this.scale, magnitude(value));
    return value;
  }

  private real(value: Complex): Complex {
    if (value.re < 0 || value.im !== 0) this.isBeyondReals = true;
    return value;
  }

  private inUnit(value: Complex): Complex {
    if (Math.abs(value.re) > 1 || value.im !== 0) this.isBeyondReals = true;
    return value;
  }

  /** Odd roots of negative numbers are negative. */
  private root(value: Complex, degree: Complex): Complex {
    const isOdd = Number.isInteger(degree.re) && Math.abs(degree.re % 2) === 1;
    if (isOdd && value.im === 0 && value.re < 0) return complex(-((-value.re) ** (1 / degree.re)));
    return power(this.real(value), divide(complex(1), degree));
  }
}

/** A sine or cosine that only rounding keeps from 0 divides nothing. */
const byWave = (a: Complex, b: Complex): Complex => (magnitude(b) < 1e-15 ? NOTHING : divide(a, b));

const NOTHING = complex(Number.NaN);
const CONSTANTS = {
  pi: complex(Math.PI),
  e: complex(Math.E),
  i: complex(0, 1),
  infinity: complex(Number.POSITIVE_INFINITY),
} as const;

const SAFE_BITS = 1000n;

/** The nearest double; right also where numerator and denominator are too large for doubles. */
export function toNumber({ numerator, denominator }: Rational): number {
  const [top, bottom] = [Number(numerator), Number(denominator)];
  if (Number.isFinite(top) && Number.isFinite(bottom)) return top / bottom;
  const excess = BigInt(Math.min(bits(numerator), bits(denominator))) - SAFE_BITS;
  return excess > 0n ? Number(numerator >> excess) / Number(denominator >> excess) : top / bottom;
}

const bits = (value: bigint): number => value.toString(16).replace('-', '').length * 4;

const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

/** Lanczos' approximation (g = 7, n = 9), 15 digits; exact for small whole numbers. */
function gamma(z: number): number {
  if (Number.isInteger(z) && z >= 1 && z <= 20) return wholeFactorial(z - 1);
  if (z < 0.5) return Math.PI / (Math.sin(Math.PI * z) * gamma(1 - z));
  const x = z - 1;
  const t = x + 7.5;
  const series = LANCZOS.reduce((sum, c, place) => (place === 0 ? c : sum + c / (x + place)), 0);
  return Math.sqrt(2 * Math.PI) * t ** (x + 0.5) * Math.exp(-t) * series;
}

function wholeFactorial(n: number): number {
  let product = 1;
  for (let factor = 2; factor <= n; factor++) product *= factor;
  return product;
}
