/** The mean of what every training seed makes of every problem, with an interval over both (docs/decisions/0028). */
import { normalBelow } from './normal.ts';
import { root } from './root.ts';
import type { Interval } from './shareInterval.ts';
import { studentTQuantile } from './studentT.ts';

export interface CrossedMean {
  readonly mean: number;
  /** Over seeds and problems: where the mean of more seeds on more such problems lies. */
  readonly interval: Interval;
  /** Over problems alone: for these trainings. */
  readonly intervalOfProblems: Interval;
  /** How sure it is that the mean of more seeds and problems is below a limit. */
  readonly chanceBelow: (limit: number) => number;
  /** Squares of standard errors: what more problems make smaller, and what more seeds do. */
  readonly ofProblems: number;
  readonly ofSeeds: number;
}

export interface CrossedOptions {
  /** How far seeds usually lie apart (standard deviation): what is believed before they are seen. */
  readonly usual: number;
  /** Of the interval. */
  readonly level: number;
  /** The least that one problem can add to the square of a deviation; nothing seen to vary is no proof that nothing does. */
  readonly leastSquare: number;
}

/**
 * `values[seed][problem]`: each seed has the same problems at the same places. Problems tell how much problems vary. Two
 * or three seeds cannot tell how much seeds vary, so that is believed to be about `usual` (Student's t with 3 degrees of
 * freedom, halved) as far as they do not say otherwise; all that it may be is weighed.
 */
export function crossedMean(values: readonly (readonly number[])[], options: CrossedOptions): CrossedMean {
  const problems = values[0]?.length ?? 0;
  if (problems < 2) throw new Error(`A mean over problems needs two of them, got ${problems}.`);
  const bySeed = values.map(meanOf);
  const mean = meanOf(bySeed);
  const byProblem = Array.from({ length: problems }, (_, at) => meanOf(values.map((row) => row[at] ?? 0)));
  const ofProblems = cautious(byProblem, options.leastSquare / values.length) * widened(problems);
  const noise = seedNoise(values, byProblem);
  const spreads = seedSpreads(bySeed, mean, noise, options.usual);
  const ofSeeds = spreads.reduce((sum, { weight, square }) => sum + weight * square, 0) / values.length;
  const deviations = spreads.map(({ weight, square }) => ({
    weight,
    of: Math.sqrt(ofProblems + square / values.length),
  }));
  const half = halfWidth(deviations, options.level);
  const halfOfProblems = halfWidth([{ weight: 1, of: Math.sqrt(ofProblems) }], options.level);
  return {
    ...{ mean, ofProblems, ofSeeds },
    interval: [mean - half, mean + half],
    intervalOfProblems: [mean - halfOfProblems, mean + halfOfProblems],
    chanceBelow: (limit) =>
      deviations.reduce((sum, { weight, of }) => sum + weight * normalBelow((limit - mean) / Math.max(of, TINY)), 0),
  };
}

/** Stands for no deviation at all. */
const TINY = 1e-12;

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The square of the standard error of a mean, as if two more values lay as far off as one can. */
function cautious(values: readonly number[], leastSquare: number): number {
  const mean = meanOf(values);
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return (squares + 2 * leastSquare) / (values.length + 1) / values.length;
}

/** Student's t in place of the normal distribution. */
const widened = (n: number): number => (studentTQuantile(0.975, n - 1) / 1.959964) ** 2;

/** What chance on these problems adds to the square of a seed's distance from the others. */
function seedNoise(values: readonly (readonly number[])[], byProblem: readonly number[]): number {
  if (values.length < 2) return 0;
  const rests = values.map((row) => {
    const apart = row.map((value, at) => value - (byProblem[at] ?? 0));
    const mean = meanOf(apart);
    return apart.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (row.length - 1) / row.length;
  });
  return rests.reduce((sum, rest) => sum + rest, 0) / (values.length - 1);
}

interface Spread {
  readonly weight: number;
  /** Of the deviation between seeds. */
  readonly square: number;
}

const SPREADS = 40;

/** All spreads of seeds from a hundredth of the usual to thirty times that, with what belief and seeds say of each. */
function seedSpreads(bySeed: readonly number[], mean: number, noise: number, usual: number): Spread[] {
  const freedom = bySeed.length - 1;
  const squares = bySeed.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const told = Array.from({ length: SPREADS }, (_, at) => {
    const spread = usual * 0.01 * 3000 ** (at / (SPREADS - 1));
    const square = spread ** 2;
    // Spreads lie at equal ratios, so each stands for a width of its own size.
    const believed = Math.log(spread) - 2 * Math.log(1 + (spread / usual) ** 2 / 3);
    const seen = -(freedom / 2) * Math.log(square + noise) - squares / (2 * (square + noise));
    return { log: believed + seen, square };
  });
  const most = Math.max(...told.map(({ log }) => log));
  const sum = told.reduce((all, { log }) => all + Math.exp(log - most), 0);
  return told.map(({ log, square }) => ({ weight: Math.exp(log - most) / sum, square }));
}

/** Half of the interval around the mean that holds `level` of a mixture of normal distributions. */
function halfWidth(deviations: readonly { readonly weight: number; readonly of: number }[], level: number): number {
  const widest = Math.max(...deviations.map(({ of }) => of));
  if (widest === 0) return 0;
  const beyond = (half: number): number =>
    deviations.reduce((sum, { weight, of }) => sum + weight * 2 * normalBelow(-half / of), 0);
  return root((half) => 1 - level - beyond(half), 0, 8 * widest);
}
