/** 95 % intervals of what an evaluation measures; the unit is the problem, for samples of one problem are not independent. */
import { studentTQuantile } from './studentT.ts';

export type Interval = readonly [low: number, high: number];

const Z = 1.959963984540054;

/** Wilson's score interval of a share. `successes` may be a fraction of `n`; `n` is at least 1. */
export function wilson(successes: number, n: number): Interval {
  const share = successes / n;
  const spread = (Z * Math.sqrt((share * (1 - share)) / n + (Z * Z) / (4 * n * n))) / (1 + (Z * Z) / n);
  const centre = (share + (Z * Z) / (2 * n)) / (1 + (Z * Z) / n);
  return [Math.max(0, centre - spread), Math.min(1, centre + spread)];
}

/** The mean of independent values with its t interval (n-1 degrees of freedom); no interval for fewer than two. */
export function meanWithInterval(values: readonly number[]): {
  readonly mean: number;
  readonly interval: Interval | null;
} {
  const n = values.length;
  if (n === 0) throw new Error('The mean of no values is not defined.');
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  if (n < 2) return { mean, interval: null };
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  const half = studentTQuantile(0.975, n - 1) * Math.sqrt(variance / n);
  return { mean, interval: [mean - half, mean + half] };
}

/**
 * avg@k: the mean of the problems' own shares (0..1). Wilson for k = 1 and where all problems agree (a t interval would
 * have no width there), else the t interval over problems, kept within 0..1.
 */
export function averageAtK(
  shares: readonly number[],
  k: number,
): { readonly mean: number; readonly interval: Interval } {
  const { mean, interval } = meanWithInterval(shares);
  const isFlat = shares.every((share) => share === shares[0]);
  if (k === 1 || isFlat || !interval) return { mean, interval: wilson(mean * shares.length, shares.length) };
  return { mean, interval: [Math.max(0, interval[0]), Math.min(1, interval[1])] };
}

/** A share of parts that come in clusters (wrong steps of all steps, by problem), with the interval of the ratio estimator, cut at `most`. */
export function ratioWithInterval(
  clusters: readonly { readonly part: number; readonly whole: number }[],
  most = 1,
): { readonly ratio: number; readonly interval: Interval | null } | null {
  const n = clusters.length;
  const whole = clusters.reduce((sum, cluster) => sum + cluster.whole, 0);
  if (whole === 0) return null;
  const ratio = clusters.reduce((sum, cluster) => sum + cluster.part, 0) / whole;
  if (n < 2) return { ratio, interval: null };
  const squares = clusters.reduce((sum, cluster) => sum + (cluster.part - ratio * cluster.whole) ** 2, 0);
  const half = (studentTQuantile(0.975, n - 1) * Math.sqrt((squares * n) / (n - 1))) / whole;
  return { ratio, interval: [Math.max(0, ratio - half), Math.min(most, ratio + half)] };
}
