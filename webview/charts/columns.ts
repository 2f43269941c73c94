/** Turns a chart's lines into aligned columns of at most 2,000 rows: what uPlot draws, the keyboard walks and the table lists. */
import type { ChartLine } from './chartSpec.ts';
import { reduce } from './reduce.ts';
import { smooth } from './smooth.ts';

export const POINTS_DRAWN = 2000;

/** null = a gap in that line; undefined = that line has no point at this step. */
export type Cell = number | null | undefined;

export interface Columns {
  /** Steps, ascending and distinct. */
  readonly x: number[];
  readonly lines: readonly LineColumns[];
}

export interface LineColumns {
  readonly raw: Cell[];
  /** The bold line: smoothed, or the values themselves. */
  readonly bold: Cell[];
  readonly low: Cell[];
  readonly high: Cell[];
}

/** The columns of the steps within `range` (inclusive), or of all. */
export function columnsOf(lines: readonly ChartLine[], range: readonly [number, number] | null): Columns {
  const limit = Math.max(8, Math.floor(POINTS_DRAWN / Math.max(1, lines.length)));
  const chosen = lines.map((line) => reduce(line.values, limit, ...within(line.steps, range)));
  const x = distinctSteps(lines, chosen);
  const rowOf = new Map(x.map((step, row) => [step, row]));
  return { x, lines: lines.map((line, at) => fill(line, chosen[at] ?? [], rowOf)) };
}

function within(steps: readonly number[], range: readonly [number, number] | null): [from: number, to: number] {
  if (range === null) return [0, steps.length];
  // One point beyond each edge, so that the line leaves the picture instead of ending in it.
  const from = steps.findIndex((step) => step >= range[0]);
  const after = steps.findIndex((step) => step > range[1]);
  const to = after < 0 ? steps.length : after + 1;
  return [Math.max(0, from < 0 ? steps.length : from - 1), Math.min(steps.length, to)];
}

function distinctSteps(lines: readonly ChartLine[], chosen: readonly number[][]): number[] {
  const all = new Set<number>();
  for (const [at, line] of lines.entries()) for (const index of chosen[at] ?? []) all.add(line.steps[index] ?? 0);
  return [...all].sort((a, b) => a - b);
}

function fill(line: ChartLine, chosen: readonly number[], rowOf: ReadonlyMap<number, number>): LineColumns {
  const column = (): Cell[] => Array.from({ length: rowOf.size });
  const made = { raw: column(), bold: column(), low: column(), high: column() };
  const bold = smooth(line.steps, line.values, line.smoothing);
  for (const index of chosen) {
    const row = rowOf.get(line.steps[index] ?? 0) ?? 0;
    const interval = line.intervals?.[index];
    made.raw[row] = line.values[index] ?? null;
    made.bold[row] = bold[index] ?? null;
    if (interval) [made.low[row], made.high[row]] = interval;
  }
  return made;
}
