/** Which tokens behind a value are its unit, and which words are none. */
import type { PlacedToken } from './mathTokens.ts';

const UNIT_SIGNS: ReadonlySet<string> = new Set(['/', '^', '{', '}', '-', '.', '*']);
const NO_UNITS: ReadonlySet<string> = new Set(
  "am pm or and to if where when not only is isn't are was but no none wrong incorrect false because since unless nor than".split(
    ' ',
  ),
);

/** Whether a token goes on with the unit behind a value; `isBegun` once one has. */
export function isUnitToken(token: PlacedToken, isBegun: boolean): boolean {
  switch (token.type) {
    case 'word':
      return !NO_UNITS.has(token.text.toLowerCase());
    case 'letter':
      return isBegun || token.isApart;
    case 'number':
      return isBegun && token.places === null;
    case 'sign':
      return isBegun ? UNIT_SIGNS.has(token.text) : token.text === '/';
    case 'command':
      return isBegun && token.text === 'cdot';
    default:
      return token satisfies never;
  }
}
