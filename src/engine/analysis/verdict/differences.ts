/** Differences between models of a ladder, paired by seed and problem. */
import type { Difference, Needed, Standing } from '../../../protocol/verdict.ts';
import { crossedMean, type CrossedMean } from '../../stats/crossedMean.ts';
import { normalBelow } from '../../stats/normal.ts';
import { root } from '../../stats/root.ts';
import { type Measured, withSeed } from './measured.ts';

export interface Scale {
  /** The smallest difference of shares that matters. */
  readonly matters: number;
  /** How far the accuracies of two seeds of one training usually lie apart. */
  readonly usualSeeds: number;
}

export interface Contrast {
  readonly mean: CrossedMean;
  /** The difference is the largest of so many. */
  readonly picked: number;
  readonly difference: Difference;
}

/** 95 %, or what is left of it where the largest of so many was picked. */
const levelOf = (picked: number): number => 1 - 0.05 / picked;

/** Null where no seed has both. */
export function differenceOf(
  after: readonly Measured[],
  before: readonly Measured[],
  scale: Scale,
  picked = 1,
): Contrast | null {
  const values = after.flatMap((model) => {
    const other = withSeed(before, model.seed);
    return other ? [model.shares.map((share, at) => share - (other.shares[at] ?? 0))] : [];
  });
  return contrastOf(values, { ...scale, picked, weight: 1, k: after[0]?.outcomes.k ?? 1 });
}

export interface ContrastOptions extends Scale {
  readonly picked: number;
  /** The size of the contrast beside a difference of two models: that of its weights, in squares, halved, and its root. */
  readonly weight: number;
  /** Completions per problem. */
  readonly k: number;
}

/** `values[seed][problem]`. Null for no seed. */
export function contrastOf(
  values: readonly (readonly number[])[],
  { matters, usualSeeds, picked, weight, k }: ContrastOptions,
): Contrast | null {
  if (values.length === 0) return null;
  const mean = crossedMean(values, {
    usual: usualSeeds * weight,
    level: levelOf(picked),
    leastSquare: weight ** 2 / k,
  });
  const { interval, intervalOfProblems } = mean;
  return {
    ...{ mean, picked },
    difference: {
      ...{ value: mean.mean, interval, intervalOfProblems },
      seeds: values.length,
      problems: values[0]?.length ?? 0,
      standing: standingOf(mean, matters),
    },
  };
}

/** How sure one must be, on one side. */
export const SURE = 0.95;

function standingOf({ interval: [low, high], chanceBelow }: CrossedMean, matters: number): Standing {
  if (high < 0) return 'worse';
  if (low > 0) return 'better';
  return 1 - chanceBelow(-matters) >= SURE ? 'level' : 'open';
}

/** Most that is worth naming. */
const MOST = { problems: 100_000, seeds: 50 };
/** Of the normal distribution: two-sided 95 %, or what is left of it, and a power of 80 %. */
const reachOf = (picked: number): number => root((z) => 1 - levelOf(picked) - 2 * normalBelow(-z), 0, 8) + 0.841621;

/** How sure it is that the mean is below 0 though it was picked. */
export const sureBelow = ({ mean, picked }: Contrast): number => Math.max(0, 1 - picked * (1 - mean.chanceBelow(0)));

/** What would probably show that the mean is on its side of `limit`, if it is where it seems to be. */
export function neededFor({ mean, picked, difference: { problems, seeds } }: Contrast, limit: number): Needed {
  const target = ((mean.mean - limit) / reachOf(picked)) ** 2;
  const { ofProblems, ofSeeds } = mean;
  const alone = {
    problems: more(problems, ofProblems, target - ofSeeds, MOST.problems),
    seeds: more(seeds, ofSeeds, target - ofProblems, MOST.seeds),
  };
  if (alone.problems !== null || alone.seeds !== null) return { ...alone, isTogether: false };
  const half = {
    problems: more(problems, ofProblems, target / 2, MOST.problems),
    seeds: more(seeds, ofSeeds, target / 2, MOST.seeds),
  };
  return half.problems === null || half.seeds === null
    ? { problems: null, seeds: null, isTogether: true }
    : { ...half, isTogether: true };
}

/** How many more than `n` bring a square of `square` down to `target`; null for more than `most`. */
function more(n: number, square: number, target: number, most: number): number | null {
  const needed = target > 0 ? Math.max(1, Math.ceil((n * square) / target) - n) : Infinity;
  return needed <= most ? needed : null;
}
