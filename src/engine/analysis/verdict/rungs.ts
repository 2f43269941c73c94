/** What each size came to, over its seeds. */
import type { Rung } from '../../../protocol/verdict.ts';
import { crossedMean } from '../../stats/crossedMean.ts';
import { differenceOf, type Scale } from './differences.ts';
import type { Measured } from './measured.ts';

export interface Compared {
  /** Null for a rung that is not held against it; the same for the next. */
  readonly base: readonly Measured[] | null;
  readonly control: readonly Measured[] | null;
}

/** `models` are those of one size; at least one. */
export function rungOf(models: readonly Measured[], { base, control }: Compared, scale: Scale): Rung {
  const outcomes = models.map((model) => model.outcomes);
  const all = outcomes.flatMap(({ verdicts, tokens, finishReasons, steps }) =>
    verdicts.map((verdict, at) => ({
      ...{ verdict, isFinished: finishReasons[at] === 'stop', tokens: tokens[at] ?? 0 },
      steps: steps[at] ?? null,
    })),
  );
  const share = (holds: (one: (typeof all)[number]) => boolean): number => all.filter(holds).length / all.length;
  const correct = all.filter(({ verdict }) => verdict === 'correct').length;
  const tokens = all.reduce((sum, one) => sum + one.tokens, 0);
  const finished = all.filter(({ isFinished }) => isFinished);
  const checked = all.flatMap(({ steps }) => (steps ? [steps] : []));
  const steps = checked.reduce((sum, one) => sum + one.count, 0);
  const wrong = checked.reduce((sum, one) => sum + one.wrong, 0);
  return {
    size: models[0]?.size ?? 0,
    seeds: models.length,
    accuracy: accuracyOf(models, scale),
    meanLength: tokens / all.length,
    efficiency: tokens === 0 ? 0 : (1000 * correct) / tokens,
    truncated: share(({ isFinished }) => !isFinished),
    noAnswer: share(({ verdict }) => verdict === 'unparsed'),
    accuracyFinished:
      finished.length === 0 ? null : finished.filter(({ verdict }) => verdict === 'correct').length / finished.length,
    wrongSteps: steps === 0 ? null : wrong / steps,
    stepsPerCompletion: checked.length === 0 ? null : steps / checked.length,
    againstBase: base && (differenceOf(models, base, scale)?.difference ?? null),
    againstControl: control && (differenceOf(models, control, scale)?.difference ?? null),
  };
}

function accuracyOf(models: readonly Measured[], { usualSeeds }: Scale): Rung['accuracy'] {
  const k = models[0]?.outcomes.k ?? 1;
  const { mean, ...found } = crossedMean(
    models.map(({ shares }) => shares),
    { usual: usualSeeds, level: 0.95, leastSquare: 1 / (4 * k) },
  );
  // The base is one model that no seed makes another.
  const interval = models[0]?.stage === 'base' ? found.intervalOfProblems : found.interval;
  return { value: mean, interval: [Math.max(0, interval[0]), Math.min(1, interval[1])] };
}
