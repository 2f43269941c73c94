/** Rows as a table: aligned for a terminal, or Markdown. */
import type { Row } from './rows.ts';

export type Cells = readonly string[];

/** The first `left` columns are words, the others numbers. */
export interface Table {
  readonly head: Cells;
  readonly lines: readonly Cells[];
  readonly left: number;
}

const HEAD = [
  'work',
  'shape',
  'engine',
  'tokens/s',
  'tokens per CPU s',
  'peak memory MB',
  'start to first round, s',
  'share of GEMM peak',
  'rounds',
  'loss',
];

export const rowsTable = (rows: readonly Row[]): Table => ({ head: HEAD, lines: rows.map(cellsOf), left: 3 });

const cellsOf = (row: Row): string[] => [
  row.work,
  row.shape,
  row.engine,
  row.notRun === undefined ? written(row.tokensPerSecond) : `not run: ${row.notRun}`,
  written(row.tokensPerCpuSecond),
  written(row.peakMemoryBytes === null ? null : row.peakMemoryBytes / 1e6),
  written(row.firstRoundSeconds, 1),
  row.shareOfPeak === null ? '–' : `${written(row.shareOfPeak * 100)} %`,
  String(row.rounds),
  row.check.map((value) => value.toFixed(4)).join(' ') + (row.differs === undefined ? '' : ' DIFFERS') || '–',
];

/** A number for people; – for none. Small ones get three digits that count. */
export const written = (value: number | null, digits?: number): string => {
  if (value === null) return '–';
  const shown =
    digits ??
    (Math.abs(value) < 100 && !Number.isInteger(value) ? Math.max(0, 1 - Math.floor(Math.log10(Math.abs(value)))) : 0);
  return value.toLocaleString('en', { minimumFractionDigits: shown, maximumFractionDigits: shown });
};

export const millions = (parameters: number): string => `${written(parameters / 1e6, parameters < 1e7 ? 2 : 0)} M`;

export const markdown = ({ head, lines, left }: Table): string => {
  const rule = head.map((_, i) => (i < left ? '---' : '---:'));
  return [head, rule, ...lines].map((cells) => `| ${cells.map(escaped).join(' | ')} |`).join('\n');
};

const escaped = (cell: string): string => cell.replaceAll('|', String.raw`\|`);

/** Columns in line; a cell that says why something was not run takes the rest of its line. */
export const aligned = ({ head, lines, left }: Table): string => {
  const widths = head.map((title, i) => Math.max(title.length, ...lines.map((cells) => widthOf(cells, i))));
  return [head, ...lines].map((cells) => aligned1(cells, widths, left)).join('\n');
};

const isReason = (cell: string | undefined): boolean => cell?.startsWith('not run: ') ?? false;

const widthOf = (cells: Cells, column: number): number => (isReason(cells[column]) ? 0 : (cells[column] ?? '').length);

const aligned1 = (cells: Cells, widths: readonly number[], left: number): string => {
  const last = cells.findIndex(isReason);
  const shown = last < 0 ? cells : cells.slice(0, last + 1);
  const padded = shown.map((cell, i) => (i < left ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)));
  return padded.join('  ').trimEnd();
};
