/** A run as it is sent to a panel that opens: long curves keep their shape with fewer points. */
import type { RunState, Series } from '../protocol/state.ts';

/** Points of one curve; a panel is seldom wider than 2,000 pixels. */
export const POINTS_SENT = 4000;

/** The state itself while its curves are short, else one with thinned curves (all else is shared, not copied). */
export function thinned(run: RunState): RunState {
  if (Object.values(run.series).every(({ steps }) => steps.length <= POINTS_SENT)) return run;
  const series = Object.entries(run.series).map(([name, curve]) => [name, thinCurve(curve)] as const);
  return { ...run, series: Object.fromEntries(series) };
}

/** Of each bucket the lowest and the highest point and every gap, so that no spike is lost; the ends stay. */
function thinCurve({ steps, values }: Series): Series {
  if (steps.length <= POINTS_SENT) return { steps, values };
  const size = Math.ceil((steps.length * 2) / POINTS_SENT);
  const kept = new Set([0, steps.length - 1]);
  for (let from = 0; from < steps.length; from += size)
    for (const index of extremes(values, from, Math.min(from + size, steps.length))) kept.add(index);
  const indices = [...kept].sort((a, b) => a - b);
  return { steps: indices.map((index) => steps[index] ?? 0), values: indices.map((index) => values[index] ?? null) };
}

/** Indices of the least and greatest value in [from, to), and of the first value that is not finite. */
function extremes(values: readonly (number | null)[], from: number, to: number): number[] {
  let low = -1;
  let high = -1;
  let gap = -1;
  for (let index = from; index < to; index++) {
    const value = values[index] ?? null;
    if (value === null) gap = gap < 0 ? index : gap;
    else {
      if (low < 0 || value < (values[low] ?? 0)) low = index;
      if (high < 0 || value > (values[high] ?? 0)) high = index;
    }
  }
  return [low, high, gap].filter((index) => index >= 0);
}
