/** A comparison of two evaluations as lines of text. */
import type { ComparedSide, Comparison } from '../protocol/comparison.ts';
import { brief, pText, points, remediesSaid, signedPoints, verdictSaid } from '../protocol/comparisonText.ts';
import { displayText } from '../protocol/displayText.ts';
import { english, translated } from '../protocol/sentence.ts';
import { translate, type Strings } from '../protocol/translate.ts';
import { cellsOf, padEnd } from './cells.ts';
import { percent } from './format.ts';

/** What two evaluations come to, verdict last. */
export function comparisonLines(comparison: Comparison, strings: Strings): string[] {
  const { benchmark, k, items } = comparison;
  const title = translate(strings, '{0}: {1} problems, completions per problem: {2}', benchmark, items.shared, k);
  return [
    displayText(title),
    ...table([sideRow('A', comparison.before, strings), sideRow('B', comparison.after, strings)]),
    ...leftOut(comparison, strings),
    flipLine(comparison, strings),
    ...differenceLines(comparison, strings),
    ...mismatchLines(comparison, strings),
    verdictText(comparison, strings),
    '',
  ];
}

function sideRow(name: string, { runFolder, step, accuracy, meanLength }: ComparedSide, strings: Strings): string[] {
  const [low, high] = accuracy.interval;
  return [
    name,
    `${percent(accuracy.value)} (${(low * 100).toFixed(1)}–${(high * 100).toFixed(1)} %)`,
    `${meanLength.toFixed(1)} tok`,
    translate(strings, 'step {0}', step),
    displayText(runFolder),
  ];
}

function table(rows: readonly string[][]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => cellsOf(row[column] ?? ''))));
  return rows.map((row) => `  ${row.map((cell, column) => padEnd(cell, widths[column] ?? 0)).join('  ')}`.trimEnd());
}

function leftOut({ items: { onlyBefore, onlyAfter } }: Comparison, strings: Strings): string[] {
  if (onlyBefore + onlyAfter === 0) return [];
  return [
    `  ${translate(strings, 'Left out: {0} problems that only A answered in full, {1} that only B did.', onlyBefore, onlyAfter)}`,
  ];
}

const flipLine = ({ flips: { fixed, broken, unchanged } }: Comparison, strings: Strings): string =>
  `  ${translate(strings, 'fixed {0}, broken {1}, unchanged {2}', fixed, broken, unchanged)}`;

function differenceLines({ difference: result }: Comparison, strings: Strings): string[] {
  const { difference, interval, smallest, p, test, n } = result;
  const name = test === 'mcNemar' ? translate(strings, 'exact McNemar') : translate(strings, 'paired randomization');
  const bounds = interval === null ? '–' : interval.map(signedPoints).join(' … ');
  const least = smallest === null ? '–' : points(smallest);
  return [
    `  ${translate(strings, 'B − A: {0} points (95 %: {1}), p {2} ({3})', signedPoints(difference), bounds, pText(p), name)}`,
    `  ${translate(strings, 'Smallest difference that {0} such problems show four times in five: {1} points', n, least)}`,
  ];
}

function mismatchLines(comparison: Comparison, strings: Strings): string[] {
  const lines = comparison.mismatches.map(({ key, before, after }) =>
    translate(strings, 'Not measured in the same way: {0} is {1} in A and {2} in B.', key, brief(before), brief(after)),
  );
  const remedies = remediesSaid(comparison).map((told) => translated(strings, english(told), told));
  return [...lines, ...remedies].map((line) => `  ${displayText(line)}`);
}

function verdictText(comparison: Comparison, strings: Strings): string {
  const told = verdictSaid(comparison);
  return translated(strings, english(told), told);
}
