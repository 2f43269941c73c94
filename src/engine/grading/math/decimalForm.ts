/** A number as a decimal: with a point, or as a multiple of a power of ten. */
import { combine, type Rational } from '../rational.ts';
import { Effort } from './effort.ts';
import { exactValue } from './exactValue.ts';
import type { Expression } from './expression.ts';

export interface DecimalForm {
  readonly value: Rational;
  /** Of its last digit behind the point; below 0 for 1.2e5. */
  readonly places: number;
  /** Significant digits. */
  readonly digits: number;
  readonly isScientific: boolean;
}

/** Null for whole numbers, fractions and anything else that is exact as it stands. */
export function decimalForm(expression: Expression): DecimalForm | null {
  if (expression.type === 'number')
    return expression.places === null ? null : formOf(expression.value, expression.places, false);
  if (expression.type !== 'apply') return null;
  const [first, second] = expression.args;
  if (expression.name === 'negate' && first) return negated(decimalForm(first));
  if (expression.name === 'multiply' && first && second) return scientific(first, second);
  return null;
}

const negated = (form: DecimalForm | null): DecimalForm | null =>
  form && { ...form, value: { numerator: -form.value.numerator, denominator: form.value.denominator } };

/** `1.2 × 10^-7` */
function scientific(mantissa: Expression, power: Expression): DecimalForm | null {
  const exponent = exponentOfTen(power);
  const isNumber = mantissa.type === 'number';
  if (exponent === null || !isNumber) return null;
  const scale = exactValue(power, new Effort());
  const value = scale && combine('*', mantissa.value, scale);
  return value && formOf(value, (mantissa.places ?? 0) - exponent, true);
}

function exponentOfTen(power: Expression): number | null {
  if (power.type !== 'apply' || power.name !== 'power') return null;
  const [base, exponent] = power.args;
  if (base?.type !== 'number' || base.value.numerator !== 10n || base.value.denominator !== 1n || !exponent)
    return null;
  const value = exactValue(exponent, new Effort());
  return value?.denominator === 1n && value.numerator > -400n && value.numerator < 400n
    ? Number(value.numerator)
    : null;
}

function formOf(value: Rational, places: number, isScientific: boolean): DecimalForm {
  const scaled =
    places >= 0
      ? (value.numerator * 10n ** BigInt(places)) / value.denominator
      : value.numerator / 10n ** BigInt(-places);
  const digits = (scaled < 0n ? -scaled : scaled).toString();
  return { value, places, digits: digits === '0' ? 0 : digits.length, isScientific };
}
