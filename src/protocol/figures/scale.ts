/** Where a value of an axis stands in a picture, and which values are written beside it. */
import type { FigureAxis } from './figure.ts';

export interface Scale {
  /** Position of a value in pixels. */
  readonly at: (value: number) => number;
  /** Values that are written, ascending. */
  readonly ticks: readonly number[];
}

/** Of `values` (all that is drawn) between two positions in pixels. */
export function scaleOf(axis: FigureAxis, values: readonly number[], from: number, to: number): Scale {
  const all = [...values, ...axis.includes];
  return axis.scale === 'log' ? logScale(all, from, to) : linearScale(all, from, to);
}

function linearScale(values: readonly number[], from: number, to: number): Scale {
  const [low, high] = values.length === 0 ? [0, 1] : [Math.min(...values), Math.max(...values)];
  const step = niceStep((high - low || Math.abs(high) || 1) / 4);
  const first = Math.floor(low / step + 1e-9) * step;
  const count = Math.max(1, Math.ceil((high - first) / step - 1e-9));
  const at = (value: number): number => round(from + ((value - first) / (count * step)) * (to - from));
  return { at, ticks: Array.from({ length: count + 1 }, (_, index) => Number((first + index * step).toPrecision(12))) };
}

/** 1, 2, 2.5 or 5 times a power of ten, at least `least`. */
function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  const factor = [1, 2, 2.5, 5, 10].find((one) => one * power >= least * (1 - 1e-9)) ?? 10;
  return factor * power;
}

/** Room that zero takes on the left, as a share of the axis. */
const ZERO = 0.12;
const MARGIN = 0.04;

/** Zero stands at the left end, apart; all that is written are values that occur. */
function logScale(values: readonly number[], from: number, to: number): Scale {
  const ticks = [...new Set(values)].filter((value) => value >= 0).sort((a, b) => a - b);
  const positive = ticks.filter((value) => value > 0).map(Math.log);
  const [low, high] = [positive[0] ?? 0, positive.at(-1) ?? 1];
  const left = ticks[0] === 0 ? MARGIN + ZERO : MARGIN;
  const part = (value: number): number => {
    if (value <= 0) return MARGIN;
    const share = high === low ? 0.5 : (Math.log(value) - low) / (high - low);
    return left + share * (1 - MARGIN - left);
  };
  return { at: (value) => round(from + part(value) * (to - from)), ticks };
}

const round = (pixels: number): number => Math.round(pixels * 10) / 10;
