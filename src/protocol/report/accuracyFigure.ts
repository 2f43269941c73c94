/** The picture of a verdict, the same in the report and in the panel: accuracy as the data grow. */
import type { Estimate } from '../analysis.ts';
import type { Figure, FigureAxis, FigureBand, FigureLine, FigurePoint } from '../figures/figure.ts';
import { said, type Told } from '../sentence.ts';
import type { LadderVerdict, Rung } from '../verdict.ts';

export const SIZES: FigureAxis<Told> = { label: 'training examples', scale: 'log', unit: 'count', includes: [] };
export const ACCURACY: FigureAxis<Told> = { label: 'accuracy', scale: 'linear', unit: 'share', includes: [0] };

/** The valley: accuracy by data size, long traces beside short ones, over the untouched model. */
export function accuracyFigure({ base, rungs, controls, model, valley, problems }: LadderVerdict): Figure<Told> {
  const points = (of: readonly Rung[]): FigurePoint[] =>
    of.map(({ size, accuracy, seeds }) => ({
      ...{ x: size, y: accuracy.value, interval: accuracy.interval },
      n: seeds * problems,
    }));
  return {
    name: 'accuracy',
    title: said`Accuracy of ${model} by size of the training data`,
    summary: valley.said,
    x: SIZES,
    y: ACCURACY,
    band: untouchedBand(base?.accuracy),
    lines: tracesLines(points(rungs), points(controls)),
  };
}

/** The untouched model behind the lines; null where it was not measured. */
export const untouchedBand = (found: Estimate | null | undefined): FigureBand<Told> | null =>
  found?.interval ? { label: 'untouched model', value: found.value, interval: found.interval } : null;

/** Those that have points. */
export function tracesLines(long: readonly FigurePoint[], short: readonly FigurePoint[]): FigureLine<Told>[] {
  const lines = [
    { label: 'long traces', points: long },
    { label: 'short traces', points: short },
  ];
  return lines.filter(({ points }) => points.length > 0);
}
