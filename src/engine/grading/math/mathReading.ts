/** From the text of an answer to what it says: mathematics where it can be read as such, else words. */
import { cleanText, LONGEST_ANSWER } from './cleanText.ts';
import { TooMuchEffort, type Effort } from './effort.ts';
import { exactValue } from './exactValue.ts';
import { readingsOf, symbolsOf, type Expression } from './expression.ts';
import type { MathAnswer } from './mathAnswer.ts';
import { parseMath } from './mathParser.ts';
import { ParseFailure } from './mathTokens.ts';
import { numericValue } from './numericValue.ts';
import { REALS } from './realLine.ts';
import { signOfInfinity } from './sameExpression.ts';

export interface Reading {
  /** One spelling for what is written in many ways. */
  readonly normalised: string;
  /** Null where it cannot be read: empty, unbalanced, cut off, too long, or without a value (`1/0`). */
  readonly answer: MathAnswer | null;
}

/** Throws `TooMuchEffort`. */
export function readMath(text: string, effort: Effort): Reading {
  if (text.length > LONGEST_ANSWER) return { normalised: `${text.slice(0, 80)}…`, answer: null };
  const normalised = cleanText(text);
  effort.spend(normalised.length / 4);
  return { normalised, answer: answerOf(normalised, effort) };
}

function answerOf(normalised: string, effort: Effort): MathAnswer | null {
  if (!/[\p{L}\p{N}]/u.test(normalised) || !isBalanced(normalised)) return emptySetOf(normalised);
  if (ALL_REALS.test(normalised)) return REALS;
  try {
    const answer = parseMath(normalised);
    return hasValue(answer, effort) ? answer : null;
  } catch (error) {
    if (!(error instanceof ParseFailure)) throw error;
    return isWords(normalised) ? { type: 'text', text: normalised } : null;
  }
}

const ALL_REALS = /^(?:\\text\s*\{\s*)?(?:the set of )?all (?:real numbers|reals)\s*\}?$/i;

const emptySetOf = (text: string): MathAnswer | null =>
  /^\\?\{\s*\\?\}$/.test(text) ? { type: 'set', items: [] } : null;

/** Braces, as TeX counts them. */
function isBalanced(text: string): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '{') depth++;
    else if (text[at] === '}' && --depth < 0) return false;
  }
  return depth === 0;
}

/** What is no formula counts as words only if it has some, and does not end in the middle. */
function isWords(text: string): boolean {
  const isCut = /[-+*/=^_\\<(]$/.test(text);
  return !isCut && (/\p{L}{2}/u.test(text.replace(/\\[a-zA-Z]+/g, ' ')) || SYMBOLIC.test(text));
}

/** What is written with commands alone (sets, sequences, `\max(a, b)`), letters in `\text{…}`, times of day. */
const SYMBOLIC =
  /[ap]\.m|\\text\s*\{[^{}]*[a-zA-Z]|\\(?:setminus|mathbb|cap|notin|max|min|gcd|lcm|det|sum|prod|int|lim)(?![a-zA-Z])|[a-zA-Z0-9]\s*,\s*\\[lcd]?dots/;

/** Whether all numbers in it can be computed. */
function hasValue(answer: MathAnswer, effort: Effort): boolean {
  switch (answer.type) {
    case 'value':
      return readingsOf(answer.expression).every((expression) => isDefined(expression, effort));
    case 'relation':
      return answer.sides.every((side) => hasValue(side.answer, effort));
    case 'list':
    case 'set':
    case 'tuple':
    case 'union':
      return answer.items.every((item) => hasValue(item, effort));
    case 'matrix':
      return answer.rows.flat().every((entry) => isDefined(entry, effort));
    case 'ratio':
      return answer.parts.every((part) => isDefined(part, effort));
    case 'text':
      return true;
    default:
      return answer satisfies never;
  }
}

const isDefined = (expression: Expression, effort: Effort): boolean =>
  expression.type === 'number' ||
  symbolsOf(expression).length > 0 ||
  signOfInfinity(expression) !== 0 ||
  isComputable(expression, effort) ||
  numericValue(expression, new Map()) !== null;

/** Numbers that are too large to be computed have a value all the same. */
function isComputable(expression: Expression, effort: Effort): boolean {
  try {
    return exactValue(expression, effort) !== null;
  } catch (error) {
    if (error instanceof TooMuchEffort) return true;
    throw error;
  }
}
