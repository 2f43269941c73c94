/** Whether reinforcement learning pays, and which rung it should start from: judged by where it ends. */
import { phrase, said, type Sentence } from '../../../protocol/sentence.ts';
import type { RlStart, RlVerdict } from '../../../protocol/verdict.ts';
import { type Contrast, differenceOf, neededFor, type Scale } from './differences.ts';
import { type Measured, type MeasuredLadder, ofSize, sizesOf } from './measured.ts';
import { undecided } from './valleyFindings.ts';
import { count, points } from '../../../protocol/report/words.ts';
import { neededWords, range } from './words.ts';

export function rlFinding(ladder: MeasuredLadder, scale: Scale): RlVerdict {
  const ends = sizesOf(ladder.grpo).map((size) => endOf(ladder, size, scale));
  const best = ends.reduce<End | null>((most, end) => (most && most.accuracy >= end.accuracy ? most : end), null);
  const starts = ends.map(({ start }) => start);
  if (!best) return { shouldStart: undecided('No reinforcement learning was measured.'), from: null, starts };
  const isClear = ends.every((end) => end === best || isBelow(end, best, ends.length - 1, scale));
  return { shouldStart: shouldStart(best), from: isClear ? best.start.size : null, starts };
}

interface End {
  readonly start: RlStart;
  /** At the last step. */
  readonly models: readonly Measured[];
  readonly accuracy: number;
  readonly gain: Contrast | null;
}

function endOf(ladder: MeasuredLadder, size: number, scale: Scale): End {
  const all = ofSize(ladder.grpo, size);
  const steps = [...new Set(all.map(({ step }) => step))].sort((a, b) => a - b);
  const models = all.filter(({ step }) => step === steps.at(-1));
  const before = size === 0 ? ladder.base : ofSize(ladder.sft, size);
  const gain = differenceOf(models, before, scale);
  const curve = steps.map((step) => ({ step, ...pointOf(all.filter((model) => model.step === step)) }));
  const againstBase = differenceOf(models, ladder.base, scale)?.difference ?? null;
  return {
    ...{ models, gain, accuracy: pointOf(models).accuracy },
    start: { size, curve, gain: gain?.difference ?? null, againstBase },
  };
}

function pointOf(models: readonly Measured[]) {
  const shares = models.flatMap((model) => model.shares);
  const tokens = models.flatMap(({ outcomes }) => outcomes.tokens);
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  return { accuracy: mean(shares), meanLength: mean(tokens) };
}

/** Surely, though the best of several was picked. */
const isBelow = (end: End, best: End, others: number, scale: Scale): boolean =>
  differenceOf(end.models, best.models, scale, others)?.difference.standing === 'worse';

function shouldStart({ gain, start }: End): RlVerdict['shouldStart'] {
  if (!gain) return undecided('What reinforcement learning started from was not measured.');
  const { difference, mean } = gain;
  const place = placeOf(start.size);
  const confidence = 1 - mean.chanceBelow(0);
  if (difference.standing === 'better')
    return {
      ...{ holds: 'yes', confidence, needed: null },
      said: said`Reinforcement learning pays: from ${place} it gains ${points(difference.value)} points (95 %: ${range(difference)}).`,
    };
  if (difference.standing === 'worse')
    return {
      ...{ holds: 'no', confidence, needed: null },
      said: said`Reinforcement learning does harm: from ${place} it changes accuracy by ${points(difference.value)} points (95 %: ${range(difference)}).`,
    };
  const needed = neededFor(gain, 0);
  return {
    ...{ holds: 'notDecided', confidence, needed },
    said: said`Whether reinforcement learning pays is not decided yet: from ${place} it changes accuracy by ${points(difference.value)} points (95 %: ${range(difference)}). ${neededWords(needed)}`,
  };
}

export const placeOf = (size: number): Sentence =>
  size === 0 ? phrase('the untouched model') : said`the model of ${count(size)} examples`;
