/** 95 % intervals of what an evaluation measures; the unit is the problem, for samples of one problem are not independent. */
import { shareInterval, type Interval } from './shareInterval.ts';
import { studentTQuantile } from './studentT.ts';

/** The mean of independent values with its t interval (n-1 degrees of freedom); no interval for fewer than two. */
export function meanWithInterval(values: readonly number[]): {
  readonly mean: number;
  readonly interval: Interval | null;
} {
  const n = values.length;
  if (n === 0) throw new Error('The mean of no values is not defined.');
  const mean = sumOf(values) / n;
  if (n < 2) return { mean, interval: null };
  const variance = sumOf(values.map((value) => (value - mean) ** 2)) / (n - 1);
  const half = studentTQuantile(0.975, n - 1) * Math.sqrt(variance / n);
  return { mean, interval: [mean - half, mean + half] };
}

/**
 * avg@k: the mean of the problems' own shares (0..1), with the interval of a share over as many independent answers as
 * these k per problem are worth: n where a problem is answered always or never, n k where the problems are alike.
 */
export function averageAtK(
  shares: readonly number[],
  k: number,
): { readonly mean: number; readonly interval: Interval } {
  if (shares.length === 0) throw new Error('The average of no problems is not defined.');
  const mean = sumOf(shares) / shares.length;
  const worth = Math.min(k, Math.max(1, worthOfProblem(shares, mean)));
  return { mean, interval: intervalOf(mean, shares.length * worth) };
}

/**
 * A ratio of parts that come in clusters (wrong steps of all steps, by problem), by the ratio estimator. `most` is 1 for a
 * share, whose interval is that of a share; any other ratio has a t interval from 0 to `most`.
 */
export function ratioWithInterval(
  clusters: readonly { readonly part: number; readonly whole: number }[],
  most = 1,
): { readonly ratio: number; readonly interval: Interval | null } | null {
  const n = clusters.length;
  const whole = sumOf(clusters.map((cluster) => cluster.whole));
  if (whole === 0) return null;
  const ratio = sumOf(clusters.map(({ part }) => part)) / whole;
  if (n < 2) return { ratio, interval: null };
  // Linearized: a cluster counts as its share of the mean whole does.
  const values = clusters.map((cluster) => ratio + ((cluster.part - ratio * cluster.whole) * n) / whole);
  if (most === 1) return { ratio, interval: intervalOf(ratio, n * Math.min(whole / n, worthOfProblem(values, ratio))) };
  const [low, high] = meanWithInterval(values).interval ?? [ratio, ratio];
  return { ratio, interval: [Math.max(0, low), Math.min(most, high)] };
}

const intervalOf = (share: number, n: number): Interval => shareInterval(Math.min(1, share) * n, n);

/** How firmly the worth of 1 is held against what few problems show: chosen by simulation (docs/decisions/0023). */
const DOUBT = 20;

/**
 * How many independent answers one problem is worth: share (1 - share) over the variance between problems. The variance
 * is told by few problems where shares are near 0 or 1: there the worth is drawn to 1, the least that k answers are worth.
 */
function worthOfProblem(values: readonly number[], share: number): number {
  const squares = values.map((value) => (value - share) ** 2);
  const second = sumOf(squares);
  const fourth = sumOf(squares.map((square) => square ** 2));
  if (fourth === 0 || share <= 0 || share >= 1) return 1;
  // Of how many problems' worth the variance is (n over the kurtosis).
  const firmness = (second ** 2 / fourth) ** 3;
  const effect = second / values.length / (share * (1 - share));
  return (firmness + DOUBT) / (firmness * effect + DOUBT);
}

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
