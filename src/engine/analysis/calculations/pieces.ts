/** The part of a side that stands in the relation: the end of what is on its left, the beginning of what is on its right. */
import { isOperandEnd, type TraceToken } from './traceToken.ts';

type Tokens = readonly TraceToken[];

/** Longer pieces are not computed. */
const MOST_TOKENS = 400;

/**
 * Readings of a side, likeliest first: `7 (3 + 4)` is a product, or a number and a remark. None where nothing is left.
 */
export const endPieces = (side: Tokens): Tokens[] =>
  readings((isCutByBrackets) => {
    const start = endStart(side, isCutByBrackets);
    // `(7! = 5040) minus 1440 = …` goes on from before the bracket.
    return start > 0 && side[start]?.kind === 'operator' ? [] : side.slice(start);
  });

export const startPieces = (side: Tokens): Tokens[] =>
  readings((isCutByBrackets) => {
    const end = startEnd(side, isCutByBrackets);
    return end === side.length ? withoutDash(side) : side.slice(0, end);
  });

function readings(read: (isCutByBrackets: boolean) => Tokens): Tokens[] {
  const [whole, cut] = [read(false), read(true)];
  const all = whole.length === cut.length ? [whole] : [whole, cut];
  return all.filter(({ length }) => length > 0 && length <= MOST_TOKENS);
}

/** Two operands side by side belong to different statements. */
function isCut(before: TraceToken | undefined, token: TraceToken | undefined, isCutByBrackets: boolean): boolean {
  if (token === undefined || !isOperandEnd(before)) return false;
  if (token.kind === 'number') return true;
  if (token.kind === 'open' && token.sign === '(')
    return before?.kind === 'label' || (isCutByBrackets && token.isApart);
  return token.kind === 'prefix' && before?.kind === 'label';
}

function endStart(side: Tokens, isCutByBrackets: boolean): number {
  /** By depth of brackets: where the part in them begins. A bracket that nothing opened begins anew: `1) 3 + 4`. */
  const starts = [0];
  for (const [at, token] of side.entries()) {
    if (isCut(side[at - 1], token, isCutByBrackets)) starts[starts.length - 1] = at;
    if (token.kind === 'open') starts.push(at + 1);
    if (token.kind === 'close' && starts.length > 1) starts.pop();
    else if (token.kind === 'close') starts[0] = at + 1;
  }
  return starts.at(-1) ?? 0;
}

function startEnd(side: Tokens, isCutByBrackets: boolean): number {
  let depth = 0;
  let opened = 0;
  for (let at = 0; at < side.length; at++) {
    const token = side[at];
    if (at > 0 && depth === 0 && isCut(side[at - 1], token, isCutByBrackets)) return at;
    if (token?.kind === 'open' && depth++ === 0) opened = at;
    if (token?.kind === 'close' && --depth < 0) return at;
  }
  return depth > 0 ? opened : side.length;
}

/** `= 19 -` at the end of a sentence is a number and a dash. */
function withoutDash(piece: Tokens): Tokens {
  const last = piece.at(-1);
  const isDash = last?.kind === 'operator' && (last.operator === '-' || last.operator === '*');
  return isDash ? piece.slice(0, -1) : piece;
}

/** `(2 + 3)`, and nothing beside it. */
export function isInBrackets(piece: Tokens): boolean {
  if (piece[0]?.kind !== 'open' || piece[0].sign !== '(') return false;
  let depth = 0;
  const end = piece.findIndex(({ kind }) => (kind === 'open' ? ++depth : kind === 'close' ? --depth : depth) === 0);
  return end === piece.length - 1;
}
