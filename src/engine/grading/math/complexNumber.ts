/** Arithmetic on complex numbers in double precision, principal values. */

export interface Complex {
  readonly re: number;
  readonly im: number;
}

export const complex = (re: number, im = 0): Complex => ({ re, im });
export const add = (a: Complex, b: Complex): Complex => complex(a.re + b.re, a.im + b.im);
export const subtract = (a: Complex, b: Complex): Complex => complex(a.re - b.re, a.im - b.im);
export const negate = (a: Complex): Complex => complex(-a.re, -a.im);
export const magnitude = (a: Complex): number => Math.hypot(a.re, a.im);

export const multiply = (a: Complex, b: Complex): Complex =>
  complex(a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re);

export function divide(a: Complex, b: Complex): Complex {
  if (b.im === 0) return complex(a.re / b.re, a.im / b.re);
  const size = b.re * b.re + b.im * b.im;
  return complex((a.re * b.re + a.im * b.im) / size, (a.im * b.re - a.re * b.im) / size);
}

export const exp = (a: Complex): Complex => polar(Math.exp(a.re), a.im);
/** -0 as imaginary part counts as 0. */
export const ln = (a: Complex): Complex => complex(Math.log(magnitude(a)), Math.atan2(a.im + 0, a.re));

export const polar = (size: number, angle: number): Complex =>
  angle === 0 ? complex(size) : complex(size * Math.cos(angle), size * Math.sin(angle));

export function sqrt(a: Complex): Complex {
  if (a.im === 0) return a.re >= 0 ? complex(Math.sqrt(a.re)) : complex(0, Math.sqrt(-a.re));
  const size = magnitude(a);
  const re = Math.sqrt((size + Math.abs(a.re)) / 2);
  const im = Math.abs(a.im) / (2 * re);
  const [real, imaginary] = a.re >= 0 ? [re, im] : [im, re];
  return complex(real, a.im < 0 ? -imaginary : imaginary);
}

export function power(a: Complex, b: Complex): Complex {
  if (b.im === 0 && Number.isInteger(b.re) && Math.abs(b.re) <= 64) return wholePower(a, b.re);
  if (a.im === 0 && b.im === 0 && a.re >= 0) return complex(a.re ** b.re);
  return exp(multiply(b, ln(a)));
}

function wholePower(a: Complex, times: number): Complex {
  let result = complex(1);
  for (let left = Math.abs(times), square = a; left > 0; left = Math.floor(left / 2), square = multiply(square, square))
    if (left % 2 === 1) result = multiply(result, square);
  return times < 0 ? divide(complex(1), result) : result;
}

export const sin = (a: Complex): Complex =>
  a.im === 0 ? complex(Math.sin(a.re)) : complex(Math.sin(a.re) * Math.cosh(a.im), Math.cos(a.re) * Math.sinh(a.im));

export const cos = (a: Complex): Complex =>
  a.im === 0 ? complex(Math.cos(a.re)) : complex(Math.cos(a.re) * Math.cosh(a.im), -Math.sin(a.re) * Math.sinh(a.im));

export const sinh = (a: Complex): Complex => half(subtract(exp(a), exp(negate(a))));
export const cosh = (a: Complex): Complex => half(add(exp(a), exp(negate(a))));

const half = (a: Complex): Complex => complex(a.re / 2, a.im / 2);
const I = complex(0, 1);
const ONE = complex(1);

/** -i ln(iz + sqrt(1 - z²)) */
export function arcsin(a: Complex): Complex {
  if (a.im === 0 && Math.abs(a.re) <= 1) return complex(Math.asin(a.re));
  const inner = add(multiply(I, a), sqrt(subtract(ONE, multiply(a, a))));
  return negate(multiply(I, ln(inner)));
}

export const arccos = (a: Complex): Complex =>
  a.im === 0 && Math.abs(a.re) <= 1 ? complex(Math.acos(a.re)) : subtract(complex(Math.PI / 2), arcsin(a));

/** (ln(1 + iz) - ln(1 - iz)) / 2i */
export function arctan(a: Complex): Complex {
  if (a.im === 0) return complex(Math.atan(a.re));
  const turned = multiply(I, a);
  return divide(subtract(ln(add(ONE, turned)), ln(subtract(ONE, turned))), complex(0, 2));
}
