/** A comparison of two evaluations as lines of text. */
import type { ComparedSide, Comparison, PairedVerdict } from '../protocol/comparison.ts';
import { displayText } from '../protocol/displayText.ts';
import { translate, type Strings } from '../protocol/translate.ts';
import { cellsOf, padEnd } from './cells.ts';
import { number, percent } from './format.ts';

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
  const bounds = interval === null ? '–' : interval.map(signed).join(' … ');
  const least = smallest === null ? '–' : points(smallest);
  return [
    `  ${translate(strings, 'B − A: {0} points (95 %: {1}), p {2} ({3})', signed(difference), bounds, pText(p), name)}`,
    `  ${translate(strings, 'Smallest difference that {0} such problems show four times in five: {1} points', n, least)}`,
  ];
}

function mismatchLines({ mismatches }: Comparison, strings: Strings): string[] {
  const lines = mismatches.map(({ key, before, after }) =>
    translate(strings, 'Not measured in the same way: {0} is {1} in A and {2} in B.', key, brief(before), brief(after)),
  );
  const remedy = translate(strings, 'Grade the older one anew with the verifier of today: valley regrade RUN.');
  const isOfVerifier = mismatches.some(({ key }) => key === 'verifier');
  return [...lines, ...(isOfVerifier ? [remedy] : [])].map((line) => `  ${displayText(line)}`);
}

/** Hashes by their beginnings. */
const brief = (value: string): string => value.replace(/[0-9a-f]{64}/g, (hash) => `${hash.slice(0, 12)}…`);

function verdictText({ verdict, matters, difference }: Comparison, strings: Strings): string {
  return verdict === null
    ? translate(strings, 'The two cannot be compared: they were not measured in the same way.')
    : verdictWords(verdict, points(matters), difference.needed, strings);
}

function verdictWords(verdict: PairedVerdict, matters: string, needed: number | null, strings: Strings): string {
  switch (verdict) {
    case 'better':
      return translate(strings, 'B is better.');
    case 'worse':
      return translate(strings, 'B is worse.');
    case 'noDifference':
      return translate(strings, 'No difference was seen; one of {0} points probably would have been.', matters);
    case 'notEnoughItems':
      return needed === null
        ? translate(strings, 'Not enough items: at least two problems are needed.')
        : translate(
            strings,
            'Not enough items: to see {0} points, about {1} such problems are needed.',
            matters,
            number(needed),
          );
    default:
      return verdict satisfies never;
  }
}

/** A share as points: `5`, `3.2`. */
const points = (share: number): string => String(Number((share * 100).toFixed(1)));

const signed = (share: number): string => `${share > 0 ? '+' : ''}${(share * 100).toFixed(1)}`;

const pText = (p: number): string => (p < 0.0001 ? '< 0.0001' : `= ${p.toFixed(4)}`);
