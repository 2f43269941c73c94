/** The steps of `prepare` as the rows of one table, told as they come. */
import { displayLine } from '../protocol/displayText.ts';
import type { LeftOut, PreparedSubset, SourceReading } from '../protocol/preparation.ts';
import { reasonText, stageText } from '../protocol/preparationText.ts';
import type { Stage } from '../protocol/state.ts';
import { translate, type Strings } from '../protocol/translate.ts';
import { cut, padEnd, padStart } from './cells.ts';
import { compact, number, percent } from './format.ts';
import type { Look } from './render.ts';

const NAME = 22;
const COUNT = 11;

export function sourceLine({ path, format, columns, isCached }: SourceReading, { strings }: Look): string {
  const roles = Object.entries(columns).map(([role, column]) => `${role} = ${displayLine(column, 60)}`);
  const told = translate(strings, '{0}: format {1} ({2})', displayLine(path, 200), format, roles.join(', '));
  return isCached ? `${told} · ${translate(strings, 'known from an earlier run')}` : told;
}

/** A head above the first row. */
export function stageLines(stage: Stage, look: Look): string[] {
  const { strings, paint, width } = look;
  const { rowsIn, leftOut, statistics } = stage;
  const cells = [number(rowsIn), number(rowsIn - statistics.rows), number(statistics.rows), number(statistics.median)];
  const reasons = leftOut.map((each) => reasonLine(each, strings)).join('; ');
  // One row of the data may hold several examples, so reading can give more than it took in.
  const counts = stage.stage === 'read' ? [cells[0], number(sumOf(leftOut)), cells[2], cells[3]] : cells;
  const line = `${padEnd(translate(strings, stageText(stage.stage)), NAME)}${counts.map((cell) => padStart(cell ?? '', COUNT)).join('')}`;
  const row = cut(reasons === '' ? line : `${line}  ${reasons}`, Math.max(width, NAME + 5 * COUNT));
  const isFirst = stage.stage === 'read' || stage.stage === 'encoding';
  return isFirst ? [paint.dim(head(strings)), row] : [row];
}

export function subsetLine(
  { file, statistics, longShare, isNested }: PreparedSubset,
  { strings, paint }: Look,
): string {
  const facts = [
    translate(strings, '{0} rows', number(statistics.rows)),
    translate(strings, '{0} tokens', compact(statistics.tokens)),
    ...(longShare === null ? [] : [translate(strings, '{0} long traces', percent(longShare))]),
    ...(isNested ? [translate(strings, 'holds the smaller subset')] : []),
  ];
  return paint.strong(`${file}: ${facts.join(' · ')}`);
}

const sumOf = (leftOut: readonly LeftOut[]): number => leftOut.reduce((sum, { rows }) => sum + rows, 0);

function head(strings: Strings): string {
  const titles = [
    translate(strings, 'rows in'),
    translate(strings, 'left out'),
    translate(strings, 'rows out'),
    translate(strings, 'median tok'),
  ];
  return `${padEnd(translate(strings, 'step'), NAME)}${titles.map((title) => padStart(title, COUNT)).join('')}`;
}

function reasonLine({ reason, detail, rows, first }: LeftOut, strings: Strings): string {
  const told = `${number(rows)} ${translate(strings, reasonText(reason))}`;
  const about = detail === '' ? told : `${told} (${displayLine(detail, 60)})`;
  return reason === 'notDrawn' ? about : `${about}, ${translate(strings, 'first {0}', displayLine(first, 120))}`;
}
