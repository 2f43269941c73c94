/** Whether a ladder fell below its base, how deep, and from which size on it is back. */
import { phrase, said } from '../../../protocol/sentence.ts';
import type { Depth, Finding } from '../../../protocol/verdict.ts';
import { type Contrast, differenceOf, neededFor, type Scale, SURE } from './differences.ts';
import { type Measured, type MeasuredLadder, ofSize, sizesOf } from './measured.ts';
import { count, points } from '../../../protocol/report/words.ts';
import { neededWords, range } from './words.ts';

export interface ValleyFindings {
  readonly valley: Finding;
  readonly degradationDepth: Depth | null;
  readonly recovered: Finding;
  readonly recoverySize: number | null;
}

interface Step {
  readonly size: number;
  readonly contrast: Contrast;
}

export const undecided = (sentence: string): Finding => ({
  ...{ holds: 'notDecided', said: phrase(sentence), confidence: null, needed: null },
});

export function valleyFindings(ladder: MeasuredLadder, scale: Scale): ValleyFindings {
  const sizes = sizesOf(ladder.sft);
  const steps = sizes.flatMap((size) => {
    const contrast = differenceOf(ofSize(ladder.sft, size), ladder.base, scale);
    return contrast ? [{ size, contrast }] : [];
  });
  const lowest = steps.reduce<Step | null>(
    (least, step) => (least && least.contrast.mean.mean <= step.contrast.mean.mean ? least : step),
    null,
  );
  const last = steps.at(-1);
  if (!lowest || !last) {
    const nothing = undecided('The base, or every size, is still to be measured.');
    return { valley: nothing, degradationDepth: null, recovered: nothing, recoverySize: null };
  }
  const bottom = { ...lowest, contrast: ofPicked(ladder, lowest.size, steps.length, scale) ?? lowest.contrast };
  const valley = valleyOf(bottom, steps, scale);
  return {
    valley,
    degradationDepth: depthOf(ladder, bottom, scale),
    recovered: valley.holds === 'no' ? { ...valley, said: NOTHING_TO_RECOVER } : recoveredOf(last, bottom, scale),
    recoverySize: valley.holds === 'yes' ? recoverySizeOf(steps, bottom.size) : null,
  };
}

const NOTHING_TO_RECOVER = phrase('There is no valley to recover from.');

/** The lowest of several lies low by chance too: its interval is wider. */
const ofPicked = (ladder: MeasuredLadder, size: number, sizes: number, scale: Scale): Contrast | null =>
  differenceOf(ofSize(ladder.sft, size), ladder.base, scale, sizes);

function valleyOf(bottom: Step, steps: readonly Step[], { matters }: Scale): Finding {
  const { size, contrast } = bottom;
  const { difference, mean } = contrast;
  const confidence = mean.chanceBelow(0);
  if (difference.standing === 'worse')
    return {
      ...{ holds: 'yes', confidence, needed: null },
      said: said`At ${count(size)} examples the model is ${points(-difference.value)} points worse than untouched (difference, 95 %: ${range(difference)}).`,
    };
  if (steps.every((step) => ['level', 'better'].includes(step.contrast.difference.standing)))
    return {
      ...{ holds: 'no', confidence: 1 - confidence, needed: null },
      said: said`No size makes the model worse by as much as ${points(matters)} points; the lowest is that of ${count(size)} examples (difference, 95 %: ${range(difference)}).`,
    };
  const needed = neededFor(contrast, mean.mean < 0 ? 0 : -matters);
  return {
    ...{ holds: 'notDecided', confidence, needed },
    said: said`Whether the model falls is not decided yet: the lowest is that of ${count(size)} examples (difference ${points(difference.value)} points, 95 %: ${range(difference)}). ${neededWords(needed)}`,
  };
}

function depthOf(ladder: MeasuredLadder, { size, contrast }: Step, scale: Scale): Depth {
  const control = differenceOf(ofSize(ladder.sft, size), ofSize(ladder.short, size), scale);
  const base = accuracyOf(ladder.base);
  return {
    size,
    againstBase: contrast.difference,
    againstControl: control?.difference ?? null,
    relative: base === 0 ? null : -contrast.mean.mean / base,
  };
}

function accuracyOf(models: readonly Measured[]): number {
  const shares = models.flatMap((model) => model.shares);
  return shares.reduce((sum, share) => sum + share, 0) / shares.length;
}

/** Of the largest size: back where it is surely not worse by what matters. */
function recoveredOf({ size, contrast }: Step, bottom: Step, { matters }: Scale): Finding {
  const { difference, mean } = contrast;
  const confidence = 1 - mean.chanceBelow(-matters);
  if (size !== bottom.size && difference.standing !== 'worse' && confidence >= SURE)
    return {
      ...{ holds: 'yes', confidence, needed: null },
      said: said`With ${count(size)} examples the model is back: less than ${points(matters)} points worse than untouched, or better (difference, 95 %: ${range(difference)}).`,
    };
  if (difference.standing === 'worse')
    return {
      ...{ holds: 'no', confidence, needed: null },
      said: said`With ${count(size)} examples, the most there are, the model is still ${points(-difference.value)} points worse than untouched (difference, 95 %: ${range(difference)}).`,
    };
  const needed = neededFor(contrast, mean.mean < -matters ? 0 : -matters);
  return {
    ...{ holds: 'notDecided', confidence, needed },
    said: said`Whether ${count(size)} examples bring it back is not decided yet (difference ${points(difference.value)} points, 95 %: ${range(difference)}). ${neededWords(needed)}`,
  };
}

/** Behind the lowest, the first size from which on none is worse. */
function recoverySizeOf(steps: readonly Step[], bottom: number): number | null {
  const isWorse = ({ size, contrast }: Step): boolean => size <= bottom || contrast.difference.standing === 'worse';
  const lastWorse = steps.findLastIndex(isWorse);
  return steps[lastWorse + 1]?.size ?? null;
}
