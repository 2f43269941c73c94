/** What names mean in an expression: functions, letters, brackets, multipliers. */
import type { FunctionName } from './expression.ts';

export const FUNCTIONS: Readonly<Record<string, FunctionName>> = {
  sin: 'sin',
  cos: 'cos',
  tan: 'tan',
  tg: 'tan',
  cot: 'cot',
  sec: 'sec',
  csc: 'csc',
  arcsin: 'arcsin',
  arccos: 'arccos',
  arctan: 'arctan',
  asin: 'arcsin',
  acos: 'arccos',
  atan: 'arctan',
  sinh: 'sinh',
  cosh: 'cosh',
  tanh: 'tanh',
  ln: 'ln',
  exp: 'exp',
  abs: 'abs',
  floor: 'floor',
  ceil: 'ceil',
};
export const INVERSES: Readonly<Partial<Record<FunctionName, FunctionName>>> = {
  sin: 'arcsin',
  cos: 'arccos',
  tan: 'arctan',
};

export const GREEK: ReadonlySet<string> = new Set(
  'alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi rho sigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Sigma Phi Psi Omega ell'.split(
    ' ',
  ),
);
/** Other forms of the same letter. */
export const VARIANTS: Readonly<Record<string, string>> = { varphi: 'phi', varepsilon: 'epsilon', vartheta: 'theta' };

export const UNKNOWN_FUNCTION = /^[fgh]'*$/;
export const MULTIPLIERS: Readonly<Record<string, number>> = {
  thousand: 1e3,
  million: 1e6,
  billion: 1e9,
  trillion: 1e12,
};

/** Brackets that are commands, and what they do with what is between them. */
export const BRACKETS: Readonly<Record<string, readonly [close: string, name: FunctionName]>> = {
  lfloor: ['rfloor', 'floor'],
  lceil: ['rceil', 'ceil'],
  lvert: ['rvert', 'abs'],
};
