/** A comparison as plain data for the panel: its facts in words and the problems that changed. No document. */
import { displayLine } from '../../src/protocol/displayText.ts';
import { brief, points, pText, remediesSaid, signedPoints } from '../../src/protocol/comparisonText.ts';
import type { Comparison, FlippedItem } from '../../src/protocol/comparison.ts';
import { english } from '../../src/protocol/sentence.ts';
import type { MeasuredProblem } from '../../src/protocol/panel.ts';
import { PROMPT_SENT } from '../../src/protocol/panel.ts';
import type { Words } from '../text.ts';
import type { FlipFilter } from '../uiState.ts';
import { intervalText } from './figures.ts';

/** Name and value. */
export type Fact = readonly [name: string, value: string];

export function comparisonFacts(comparison: Comparison, words: Words): Fact[] {
  const { t, count } = words;
  const { difference, items, k } = comparison;
  const shared = t('{0}, completions per problem: {1}', count(items.shared), count(k));
  const test = difference.test === 'mcNemar' ? t('exact McNemar') : t('paired randomization');
  return [
    ['A', sideText(comparison.before, words)],
    ['B', sideText(comparison.after, words)],
    [t('B − A'), differenceText(difference, words)],
    [t('p value'), `${pText(difference.p).replace('= ', '')} (${test})`],
    [t('Smallest visible difference'), smallestText(comparison, words)],
    [t('Shared problems'), shared],
    ...leftOut(items, words),
    ...comparison.mismatches.map(({ key, before, after }): Fact => [
      t('Not alike'),
      t('{0}: {1} in A, {2} in B', displayLine(key, 80), displayLine(brief(before), 80), displayLine(brief(after), 80)),
    ]),
    ...remediesSaid(comparison).map((told): Fact => [t('Remedy'), words.tell(english(told), told)]),
  ];
}

function sideText({ accuracy, meanLength }: Comparison['before'], words: Words): string {
  const { percent, decimal, t } = words;
  const interval = intervalText(words, accuracy.interval, 'share');
  return `${percent(accuracy.value)} (${interval}) · ${t('{0} tok', decimal(meanLength, 1))}`;
}

function differenceText({ difference, interval }: Comparison['difference'], { t }: Words): string {
  const told = t('{0} points', signedPoints(difference));
  return interval === null
    ? told
    : `${told} (${t('95 % between {0} and {1}', signedPoints(interval[0]), signedPoints(interval[1]))})`;
}

function smallestText({ difference: { smallest, n } }: Comparison, { t, count }: Words): string {
  if (smallest === null) return '–';
  return t('{0} points, which {1} such problems show four times in five', points(smallest), count(n));
}

function leftOut({ onlyBefore, onlyAfter }: Comparison['items'], { t, count }: Words): Fact[] {
  if (onlyBefore + onlyAfter === 0) return [];
  return [
    [t('Left out'), t('{0} that only A answered in full, {1} that only B did', count(onlyBefore), count(onlyAfter))],
  ];
}

export interface FlipRow {
  readonly place: number;
  readonly item: FlippedItem;
}

/** Those that changed most first. */
export const flipRows = ({ flipped }: Comparison, filter: FlipFilter): FlipRow[] =>
  flipped
    .map((item, place) => ({ item, place }))
    .filter(({ item }) => filter === 'all' || item.flip === filter)
    .sort((a, b) => changeOf(b) - changeOf(a) || a.place - b.place);

const changeOf = ({ item: { before, after } }: FlipRow): number => Math.abs(after - before);

/** The same problem with its completions. */
export const problemOf = (problems: readonly MeasuredProblem[], item: FlippedItem): MeasuredProblem | null => {
  const [prompt, gold] = [item.prompt, item.gold].map((text) => text.slice(0, PROMPT_SENT));
  return problems.find((problem) => problem.gold === gold && problem.prompt === prompt) ?? null;
};
