/** Whether more data still pays: the slope of accuracy over doublings of the data, behind the lowest rung. */
import { said } from '../../../protocol/sentence.ts';
import type { LadderVerdict } from '../../../protocol/verdict.ts';
import { contrastOf, neededFor, type Scale, SURE } from './differences.ts';
import { type Measured, ofSize, sizesOf, withSeed } from './measured.ts';
import { points } from '../../../protocol/report/words.ts';
import { neededWords, range } from './words.ts';
import { undecided } from './valleyFindings.ts';

/** Rungs that the slope is taken over at most: the last ones. */
const LAST = 3;
/** A doubling that brings less than this share of what matters does not pay. */
const WORTH = 0.4;

/** `bottom` is the size of the lowest rung. */
export function slopeFinding(models: readonly Measured[], bottom: number, scale: Scale): LadderVerdict['morePays'] {
  const sizes = sizesOf(models)
    .filter((size) => size >= bottom && size > 0)
    .slice(-LAST);
  const weights = slopeWeights(sizes);
  const k = models[0]?.outcomes.k ?? 1;
  const size = Math.sqrt(weights.reduce((sum, weight) => sum + weight * weight, 0) / 2);
  const contrast = contrastOf(slopesOf(models, sizes, weights), { ...scale, picked: 1, weight: size, k });
  if (sizes.length < 2 || !contrast)
    return {
      ...undecided('Whether more data pays needs two sizes, the lowest among them, with a seed in common.'),
      slope: null,
    };
  const { difference, mean } = contrast;
  const least = WORTH * scale.matters;
  const pays = 1 - mean.chanceBelow(0);
  if (difference.standing === 'better')
    return {
      ...{ holds: 'yes', confidence: pays, needed: null, slope: difference },
      said: said`More data still pays: each doubling brings ${points(difference.value)} points (95 %: ${range(difference)}).`,
    };
  if (mean.chanceBelow(least) >= SURE)
    return {
      ...{ holds: 'no', confidence: mean.chanceBelow(least), needed: null, slope: difference },
      said: said`More data hardly pays any more: each doubling brings ${points(difference.value)} points (95 %: ${range(difference)}).`,
    };
  const needed = neededFor(contrast, mean.mean > least / 2 ? 0 : least);
  return {
    ...{ holds: 'notDecided', confidence: pays, needed, slope: difference },
    said: said`Whether more data pays is not decided yet: each doubling brings ${points(difference.value)} points (95 %: ${range(difference)}). ${neededWords(needed)}`,
  };
}

/** Of least squares over doublings: what each rung counts for. */
function slopeWeights(sizes: readonly number[]): readonly number[] {
  const doublings = sizes.map((size) => Math.log2(size));
  const mean = doublings.reduce((sum, value) => sum + value, 0) / doublings.length;
  const square = doublings.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return doublings.map((value) => (square === 0 ? 0 : (value - mean) / square));
}

/** By seed and problem; only seeds that have every rung. */
function slopesOf(models: readonly Measured[], sizes: readonly number[], weights: readonly number[]): number[][] {
  const seeds = [...new Set(models.map(({ seed }) => seed))];
  return seeds.flatMap((seed) => {
    const rungs = sizes.map((size) => withSeed(ofSize(models, size), seed));
    if (rungs.length === 0 || rungs.some((rung) => rung === undefined)) return [];
    const shares = (at: number): number =>
      rungs.reduce((sum, rung, rank) => sum + (rung?.shares[at] ?? 0) * (weights[rank] ?? 0), 0);
    return [Array.from({ length: rungs[0]?.shares.length ?? 0 }, (_, at) => shares(at))];
  });
}
