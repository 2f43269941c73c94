/** The numbers of a chart as rows of text: newest step first, at most a stated number of them. */
import type { Words } from '../text.ts';
import type { ChartLine, ChartSpec } from './chartSpec.ts';

export const ROWS_LISTED = 200;

export interface TableContent {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Says how many rows are left out, if any. */
  readonly note: string;
}

export function tableOf({ lines, format }: ChartSpec, words: Words): TableContent {
  const steps = [...new Set(lines.flatMap((line) => line.steps.slice(-ROWS_LISTED)))].sort((a, b) => b - a);
  const indices = lines.map((line) => indexOfSteps(line));
  const columns = lines.flatMap((line, at) => columnsOf(line, indices[at] ?? new Map(), format, words));
  const rows = steps.slice(0, ROWS_LISTED).map((step) => [words.count(step), ...columns.map(({ cell }) => cell(step))]);
  const total = Math.max(0, ...lines.map((line) => line.steps.length));
  const note = total > ROWS_LISTED ? words.t('The newest {0} of {1} points', rows.length, words.count(total)) : '';
  return { head: [words.t('step'), ...columns.map(({ head }) => head)], rows, note };
}

/** Positions of the newest steps: the table never looks further back. */
function indexOfSteps({ steps }: ChartLine): Map<number, number> {
  const from = Math.max(0, steps.length - ROWS_LISTED);
  return new Map(steps.slice(from).map((step, at) => [step, from + at]));
}

interface Column {
  readonly head: string;
  readonly cell: (step: number) => string;
}

function columnsOf(
  line: ChartLine,
  indexOf: ReadonlyMap<number, number>,
  format: (value: number) => string,
  { t }: Words,
): Column[] {
  const value = (step: number): number | null | undefined => line.values[indexOf.get(step) ?? -1];
  const told = (cell: number | null | undefined): string =>
    cell === undefined ? '' : cell === null ? t('not a finite number') : format(cell);
  const columns = [{ head: line.label, cell: (step: number) => told(value(step)) }];
  if (!line.intervals) return columns;
  const interval = (step: number): string => {
    const bounds = line.intervals?.[indexOf.get(step) ?? -1];
    return bounds ? `${format(bounds[0])} – ${format(bounds[1])}` : '';
  };
  return [...columns, { head: t('95 % interval'), cell: interval }];
}
