/** How one text became another, line by line, as `diff -u` writes it. */

export interface NamedText {
  readonly name: string;
  readonly text: string;
}

interface Line {
  readonly mark: ' ' | '-' | '+';
  readonly text: string;
}

/** Lines around a change that are shown. */
const AROUND = 3;

/** Lines without their end; empty for texts that are equal. */
export function unifiedDiff(before: NamedText, after: NamedText): readonly string[] {
  const lines = diffLines(linesOf(before.text), linesOf(after.text));
  const shown = lines.map((_, at) =>
    lines.slice(Math.max(0, at - AROUND), at + AROUND + 1).some(({ mark }) => mark !== ' '),
  );
  if (!shown.includes(true)) return [];
  const out = [`--- ${before.name}`, `+++ ${after.name}`];
  for (let start = 0; start < lines.length; start++) {
    if (!shown[start]) continue;
    let end = start;
    while (shown[end]) end++;
    const hunk = lines.slice(start, end);
    out.push(`@@ -${span(lines, hunk, start, '+')} +${span(lines, hunk, start, '-')} @@`);
    out.push(...hunk.map(({ mark, text }) => `${mark}${text}`));
    start = end;
  }
  return out;
}

/** `first line,count` on the side that lines with the mark `other` are not on. */
function span(lines: readonly Line[], hunk: readonly Line[], start: number, other: '-' | '+'): string {
  const count = hunk.filter(({ mark }) => mark !== other).length;
  const above = lines.slice(0, start).filter(({ mark }) => mark !== other).length;
  return `${count === 0 ? above : above + 1},${count}`;
}

const linesOf = (text: string): string[] => text.replace(/\r?\n$/, '').split(/\r?\n/);

/** By the longest common subsequence: configs are short. */
function diffLines(before: readonly string[], after: readonly string[]): Line[] {
  const common = commonLengths(before, after);
  const at = (i: number, j: number): number => common[i]?.[j] ?? 0;
  const lines: Line[] = [];
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    const [old, young] = [before[i], after[j]];
    if (old !== undefined && old === young) {
      lines.push({ mark: ' ', text: old });
      [i, j] = [i + 1, j + 1];
    } else if (old !== undefined && (young === undefined || at(i + 1, j) >= at(i, j + 1))) {
      lines.push({ mark: '-', text: old });
      i++;
    } else {
      lines.push({ mark: '+', text: young ?? '' });
      j++;
    }
  }
  return lines;
}

/** Of the rests from each pair of places on. */
function commonLengths(before: readonly string[], after: readonly string[]): number[][] {
  const lengths = Array.from({ length: before.length + 1 }, () => Array<number>(after.length + 1).fill(0));
  for (let i = before.length - 1; i >= 0; i--)
    for (let j = after.length - 1; j >= 0; j--) {
      const [row = [], below = []] = [lengths[i], lengths[i + 1]];
      row[j] = before[i] === after[j] ? 1 + (below[j + 1] ?? 0) : Math.max(below[j] ?? 0, row[j + 1] ?? 0);
    }
  return lengths;
}
