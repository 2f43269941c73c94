/** What numbers count, so that hours and minutes are not added up. */
import type { TraceToken } from './traceToken.ts';
import { SCALES } from './words.ts';

type Tokens = readonly TraceToken[];

export const isLabelled = (piece: Tokens): boolean => piece.some(({ kind }) => kind === 'label');

/** Whether a wrong result cannot be due to what is counted: no two kinds of things, no dozens. */
export function isSameCounted(left: Tokens, right: Tokens): boolean {
  const [of, to] = [namesOf(left), namesOf(right)];
  if ([...of, ...to].some((name) => SCALES.has(name) || SCALES.has(`${name}s`))) return false;
  const isProduct = [...left, ...right].some((token) => token.kind === 'operator' && /[*/]/.test(token.operator));
  return isProduct || new Set([...of, ...to]).size <= 1;
}

/** The last word of each label, in the singular. */
function namesOf(piece: Tokens): readonly string[] {
  return piece.flatMap((token, at) =>
    token.kind === 'label' && piece[at + 1]?.kind !== 'label' ? [token.text.replace(/s$/, '')] : [],
  );
}
