/** Texts measured and cut in terminal cells: Korean and other wide characters take two, combining marks none. */

const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{1f300}-\u{1faff}]|[\u{20000}-\u{3fffd}]/u;
const ZERO = /\p{Mark}/u;

const cellsOfCharacter = (char: string): number => (ZERO.test(char) ? 0 : WIDE.test(char) ? 2 : 1);

/** Cells that a text without control characters takes. */
export function cellsOf(text: string): number {
  let cells = 0;
  for (const char of text) cells += cellsOfCharacter(char);
  return cells;
}

/** The text in at most `limit` cells; what is cut is shown as …. */
export function cut(text: string, limit: number): string {
  if (text.length * 2 <= limit || cellsOf(text) <= limit) return text;
  if (limit < 1) return '';
  let cells = 0;
  let kept = '';
  for (const char of text) {
    cells += cellsOfCharacter(char);
    if (cells > limit - 1) break;
    kept += char;
  }
  return `${kept}…`;
}

export const padEnd = (text: string, cells: number): string => text + ' '.repeat(Math.max(0, cells - cellsOf(text)));

export const padStart = (text: string, cells: number): string => ' '.repeat(Math.max(0, cells - cellsOf(text))) + text;
