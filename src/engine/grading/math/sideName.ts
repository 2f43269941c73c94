/** The name that a side of a relation may be, and the brackets around it. */
import type { PlacedToken } from './mathTokens.ts';

const FUNCTION_LETTERS: ReadonlySet<string> = new Set('fghpqyuvsFGHPQSTVE');
/** What closes each bracket. */
export const OPEN: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}', '\\{': '\\}' };

export const isOpening = (token: PlacedToken | undefined): boolean =>
  token?.type === 'sign' && Object.hasOwn(OPEN, token.text);

/** `x`, `x_1`, `f(x)`, `P(A)`, `AB`, `\angle ABC`, words; null for anything that has a value of its own. */
export function nameOf(tokens: readonly PlacedToken[]): string | null {
  const [first, second] = tokens;
  if (!first) return null;
  const text = tokens.map((token) => token.text).join(' ');
  if (/^\| [A-Z] \|$/.test(text)) return text;
  if (first.type === 'command' && ['angle', 'triangle', 'measuredangle'].includes(first.text)) return text;
  if (tokens.every(({ type }) => type === 'word')) return text;
  if (tokens.every((token) => token.type === 'word' || (token.type === 'letter' && /[A-Z]/.test(token.text))))
    return text;
  if (first.type !== 'letter' && !(first.type === 'command' && /^[a-z]+$/i.test(first.text) && tokens.length === 1))
    return first.type === 'command' && /^frac \{ d \w? ?\} \{ d \w \}$/.test(text) ? text : null;
  if (tokens.length === 1) return ['e', 'i', 'pi', 'infty', 'ldots'].includes(first.text) ? null : text;
  if (second?.type === 'sign' && second.text === '_' && isSubscript(tokens.slice(2))) return text;
  const marks = /^\w+( ')*( \^ \{ - 1 \})?/.exec(text)?.[0].split(' ').length ?? 1;
  const rest = tokens.slice(marks);
  if (rest.length === 0) return text;
  return FUNCTION_LETTERS.has(first.text) && isBracketed(rest) ? text : null;
}

const isSubscript = (tokens: readonly PlacedToken[]): boolean =>
  tokens.length === 1 || (isOpening(tokens[0]) && isBracketed(tokens));

/** The first bracket is closed by the last token. */
function isBracketed(tokens: readonly PlacedToken[]): boolean {
  let depth = 0;
  for (const [place, token] of tokens.entries()) {
    if (token.type !== 'sign') continue;
    if (Object.hasOwn(OPEN, token.text)) depth++;
    else if (Object.values(OPEN).includes(token.text) && --depth === 0) return place === tokens.length - 1;
  }
  return false;
}

/** Whether a name can also be read as an expression. */
export const isFormula = (tokens: readonly PlacedToken[]): boolean =>
  tokens.every((token) => token.type !== 'word' || token.text.length === 1) &&
  tokens.every((token) => token.type !== 'sign' || !'=<>'.includes(token.text)) &&
  tokens[0]?.type !== 'command' &&
  tokens[0]?.type !== 'sign';
