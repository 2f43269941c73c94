/** Two checkpoints on the same problems: the difference, how sure it is, and what could have been seen at all. */
import type { PairedResult, PairedVerdict } from '../../protocol/comparison.ts';
import { countFlips, type Pair } from './flips.ts';
import { mcNemar } from './mcNemar.ts';
import type { Interval } from './shareInterval.ts';
import { signFlipTest } from './signFlip.ts';
import { studentTQuantile } from './studentT.ts';

/** Quantiles of the normal distribution for a two-sided level of 5 % and a power of 80 %. */
const LEVEL_AND_POWER = 1.959964 + 0.841621;

export interface PairedOptions {
  /** Completions per problem and side. */
  readonly k: number;
  /** The smallest difference of shares that matters. */
  readonly matters: number;
  readonly seed: number;
}

/** Exact McNemar for k = 1, randomization for k > 1; both are tests over problems, not over completions. */
export function pairedDifference(pairs: readonly Pair[], { k, matters, seed }: PairedOptions): PairedResult {
  const n = pairs.length;
  if (n === 0) throw new Error('The difference over no problems is not defined.');
  const differences = pairs.map(({ before, after }) => after - before);
  const difference = differences.reduce((sum, value) => sum + value, 0) / n;
  const { fixed, broken } = countFlips(pairs);
  const test = k === 1 ? 'mcNemar' : 'signFlip';
  const p = k === 1 ? mcNemar(fixed, broken) : signFlipTest(differences, seed);
  const base = { n, difference, test, p } as const;
  if (n < 2) return { ...base, interval: null, smallest: null, needed: null, verdict: 'notEnoughItems' };
  const deviation = Math.sqrt(cautiousVariance(differences, difference, k));
  const half = (studentTQuantile(0.975, n - 1) * deviation) / Math.sqrt(n);
  const interval = [Math.max(-1, difference - half), Math.min(1, difference + half)] as const;
  const smallest = Math.min(1, (LEVEL_AND_POWER * deviation) / Math.sqrt(n));
  const needed = Math.ceil(((LEVEL_AND_POWER * deviation) / matters) ** 2);
  return { ...base, interval, smallest, needed, verdict: verdictOf(interval, p, smallest, matters) };
}

/** How firmly the worst case is held against what few problems show: chosen by simulation (docs/decisions/0023). */
const DOUBT = 200;

/**
 * The variance between problems as if one more had been fixed and one more broken (Agresti and Min 2005 for k = 1): none
 * that changed are no proof that none can. With k completions those two differ by 1 / sqrt(k) where many problems tell of
 * the variance, and by 1 where few do.
 */
function cautiousVariance(differences: readonly number[], mean: number, k: number): number {
  const squares = differences.map((value) => value * value);
  const second = squares.reduce((sum, square) => sum + square, 0);
  const fourth = squares.reduce((sum, square) => sum + square * square, 0);
  const varianceWith = (step: number): number =>
    Math.max(0, (second + 2 * step * step) / (differences.length + 2) - mean * mean);
  const firmness = fourth === 0 ? 0 : (second ** 2 / fourth) ** 3;
  return (firmness * varianceWith(1 / Math.sqrt(k)) + DOUBT * varianceWith(1)) / (firmness + DOUBT);
}

function verdictOf([low, high]: Interval, p: number, smallest: number, matters: number): PairedVerdict {
  if (p < 0.05 && low > 0) return 'better';
  if (p < 0.05 && high < 0) return 'worse';
  return smallest > matters ? 'notEnoughItems' : 'noDifference';
}
