/** The steps of `prepare` and its subsets as rows of text. Plain data: no document. */
import { displayLine } from '../../src/protocol/displayText.ts';
import type { LeftOut } from '../../src/protocol/preparation.ts';
import { reasonText, stageText } from '../../src/protocol/preparationText.ts';
import type { RunState, Stage } from '../../src/protocol/state.ts';
import type { Words } from '../text.ts';
import type { Figure } from './figures.ts';

/** One row per step that is done, in their order. */
export const stageRows = ({ preparation }: RunState, words: Words): Record<string, string>[] =>
  preparation.stages.map((stage) => ({
    step: words.t(stageText(stage.stage)),
    rowsIn: words.count(stage.rowsIn),
    leftOut: words.count(leftOutOf(stage)),
    rowsOut: words.count(stage.statistics.rows),
    median: words.count(stage.statistics.median),
    reasons: stage.leftOut.map((each) => reasonWords(each, words)).join('; '),
  }));

const leftOutOf = ({ leftOut }: Stage): number => leftOut.reduce((sum, { rows }) => sum + rows, 0);

function reasonWords({ reason, detail, rows, first }: LeftOut, { t, count }: Words): string {
  const told = `${count(rows)} ${t(reasonText(reason))}`;
  const about = detail === '' ? told : `${told} (${displayLine(detail, 60)})`;
  return reason === 'notDrawn' ? about : `${about}, ${t('first {0}', displayLine(first, 160))}`;
}

/** How much is left after each step, as a share of the most there ever was. */
export function funnel({ preparation }: RunState, words: Words): { label: string; share: number; rows: string }[] {
  const most = Math.max(1, ...preparation.stages.map(({ statistics }) => statistics.rows));
  return preparation.stages.map(({ stage, statistics }) => ({
    label: words.t(stageText(stage)),
    share: statistics.rows / most,
    rows: words.count(statistics.rows),
  }));
}

export const subsetRows = ({ preparation }: RunState, words: Words): Record<string, string>[] =>
  preparation.subsets.map(({ file, statistics, longShare, isNested }) => ({
    file: displayLine(file, 120),
    rows: words.count(statistics.rows),
    problems: words.count(statistics.problems),
    tokens: words.count(statistics.tokens),
    median: words.count(statistics.median),
    longest: words.count(statistics.longest),
    long: longShare === null ? '–' : words.percent(longShare),
    nested: isNested ? words.t('yes') : '–',
  }));

/** What was read, what is left, and how long it is. */
export function preparationFigures({ preparation }: RunState, { t, count }: Words): Figure[] {
  const { stages } = preparation;
  const [first, last] = [stages[0]?.statistics, stages.at(-1)?.statistics];
  const figure = (label: string, value: number | undefined, note = ''): Figure => ({
    label,
    value: value === undefined ? '–' : count(value),
    note,
    trend: null,
  });
  return [
    figure(t('rows read'), first?.rows),
    figure(t('rows left'), last?.rows),
    figure(t('problems'), last?.problems),
    figure(t('tokens'), last?.tokens),
    figure(t('median length'), last?.median, last === undefined ? '' : t('longest {0}', count(last.longest))),
  ];
}

/** `data/train.parquet: openr1-math (problem = problem, …)`. */
export const sourceLines = ({ preparation }: RunState, { t }: Words): string[] =>
  preparation.sources.map(({ path, format, columns, isCached }) => {
    const roles = Object.entries(columns).map(([role, column]) => `${role} = ${displayLine(column, 60)}`);
    const told = t('{0}: format {1} ({2})', displayLine(path, 200), format, roles.join(', '));
    return isCached ? `${told} · ${t('known from an earlier run')}` : told;
  });
