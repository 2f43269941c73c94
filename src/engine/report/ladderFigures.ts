/** The pictures of a ladder's report: what happens as the data grow, along a trace, and along reinforcement learning. */
import type { Estimate, Survival } from '../../protocol/analysis.ts';
import type { Figure, FigureAxis, FigureLine, FigurePoint } from '../../protocol/figures/figure.ts';
import { ACCURACY, SIZES, tracesLines, untouchedBand } from '../../protocol/report/accuracyFigure.ts';
import { count, percent } from '../../protocol/report/words.ts';
import { phrase, said, type Told } from '../../protocol/sentence.ts';
import type { LadderVerdict } from '../../protocol/verdict.ts';
import { ofStage, type ReportedEvaluation, type RungAnalysis } from './reported.ts';

/** A number of the analysis by size, drawn as the valley is. */
interface Measure {
  readonly name: string;
  readonly title: Told;
  readonly axis: FigureAxis<Told>;
  readonly of: (one: RungAnalysis['analysis']) => Estimate | null;
}

const MEASURES: readonly Measure[] = [
  {
    name: 'length',
    title: 'Length of completions by size of the training data',
    axis: { label: 'tokens', scale: 'linear', unit: 'tokens', includes: [0] },
    of: ({ lengths }) => lengths.all.mean,
  },
  {
    name: 'efficiency',
    title: 'Token efficiency by size of the training data',
    axis: { label: 'right completions per 1,000 tokens', scale: 'linear', unit: 'tokens', includes: [0] },
    of: ({ lengths }) => lengths.tokenEfficiency,
  },
  {
    name: 'stepError',
    title: 'Wrong calculations by size of the training data',
    axis: { label: 'share of calculations that are wrong', scale: 'linear', unit: 'share', includes: [0] },
    of: ({ errors }) => errors.errorRate,
  },
];

/** Of length, efficiency and calculations; those that nothing was measured of are left out. */
export const measureFigures = ({ analyses }: ReportedEvaluation): readonly Figure<Told>[] =>
  MEASURES.flatMap((measure) => {
    const [base] = ofStage(analyses, 'base');
    const untouched = base ? measure.of(base.analysis) : null;
    const lines = tracesLines(
      pointsOf(ofStage(analyses, 'sft'), measure),
      pointsOf(ofStage(analyses, 'short'), measure),
    );
    if (lines.length === 0) return [];
    return [
      {
        ...{ name: measure.name, title: measure.title, x: SIZES, y: measure.axis, lines },
        summary: summaryOf(lines[0], measure.axis.unit),
        band: untouchedBand(untouched),
      },
    ];
  });

const pointsOf = (rungs: readonly RungAnalysis[], { of }: Measure): FigurePoint[] =>
  rungs.flatMap(({ size, analysis }) => {
    const found = of(analysis);
    return found ? [{ x: size, y: found.value, interval: found.interval, n: analysis.completions }] : [];
  });

function summaryOf(line: FigureLine<Told> | undefined, unit: FigureAxis['unit']): Told {
  const [first, last] = [line?.points[0], line?.points.at(-1)];
  if (!first || !last) return '';
  const told = (value: number): string => (unit === 'share' ? percent(value) : count(Math.round(value * 100) / 100));
  return said`On long traces: ${told(first.y)} with ${count(first.x)} examples, ${told(last.y)} with ${count(last.x)}.`;
}

/** Share of traces that are still right after so many calculations; null where there are none to show. */
export function survivalFigure({ analyses, verdict }: ReportedEvaluation): Figure<Told> | null {
  const sizes = [...new Set([verdict.degradationDepth?.size, verdict.rungs.at(-1)?.size])];
  const shown = [
    ...ofStage(analyses, 'base').map((one) => ({ one, label: phrase('untouched model') })),
    ...ofStage(analyses, 'sft').map((one) => ({ one, label: said`${count(one.size)} long traces` })),
    ...ofStage(analyses, 'short').map((one) => ({ one, label: said`${count(one.size)} short traces` })),
  ].filter(({ one }) => one.stage === 'base' || sizes.includes(one.size));
  const lines = shown
    .map(({ one, label }) => ({ label, points: survivalPoints(one.analysis.errors.standing) }))
    .filter(({ points }) => points.length > 0);
  if (lines.length === 0) return null;
  return {
    name: 'survival',
    title: 'Traces still right after so many calculations',
    summary: 'A line that falls faster gathers errors faster. A calculation that was taken back in time is no error.',
    x: { label: 'calculations', scale: 'linear', unit: 'count', includes: [0] },
    y: { label: 'traces still right', scale: 'linear', unit: 'share', includes: [0, 1] },
    band: null,
    lines,
  };
}

/** Fewer traces say too little of how it goes on. */
const LEAST_AT_RISK = 10;
const QUANTILE = 1.959964;

/** Intervals by Greenwood's formula on the scale of log(-log), which keeps them between 0 and 1. */
function survivalPoints({ curve }: Survival): FigurePoint[] {
  let sum = 0;
  return curve
    .filter(({ atRisk }) => atRisk >= LEAST_AT_RISK)
    .map(({ step, atRisk, failed, alive }) => {
      sum += atRisk > failed ? failed / (atRisk * (atRisk - failed)) : 0;
      const half = alive > 0 && alive < 1 ? (QUANTILE * Math.sqrt(sum)) / Math.abs(Math.log(alive)) : 0;
      const interval = [alive ** Math.exp(half), alive ** Math.exp(-half)] as const;
      return { x: step, y: alive, interval, n: atRisk };
    });
}

/** Accuracy along reinforcement learning, one line for each start; null where there was none. */
export function rlFigure({ analyses, verdict: { base } }: ReportedEvaluation): Figure<Told> | null {
  const all = analyses.filter(({ stage }) => stage === 'grpo');
  const sizes = [...new Set(all.map(({ size }) => size))].sort((a, b) => a - b);
  if (sizes.length === 0) return null;
  const lines = sizes.map((size) => ({
    label: size === 0 ? phrase('untouched model') : said`${count(size)} examples`,
    points: [...startOf(analyses, size), ...all.filter((one) => one.size === size)]
      .map(({ step, analysis }) => ({
        ...{ x: step ?? 0, y: analysis.lengths.accuracy.value, interval: analysis.lengths.accuracy.interval },
        n: analysis.completions,
      }))
      .sort((a, b) => a.x - b.x),
  }));
  return {
    name: 'rl',
    title: 'Accuracy along reinforcement learning',
    summary: 'Each line begins with the model that reinforcement learning started from.',
    x: { label: 'optimizer steps', scale: 'linear', unit: 'count', includes: [0] },
    y: ACCURACY,
    band: untouchedBand(base?.accuracy),
    lines,
  };
}

const startOf = (analyses: readonly RungAnalysis[], size: number): readonly RungAnalysis[] =>
  ofStage(analyses, size === 0 ? 'base' : 'sft')
    .filter((one) => one.size === size)
    .map((one) => ({ ...one, step: 0 }));

/** Several models in one picture, as in the paper's first figure: accuracy by size, relative to each one's untouched self. */
export function modelsFigure(verdicts: readonly LadderVerdict[]): Figure<Told> {
  return {
    name: 'models',
    title: 'Accuracy beside the untouched model, by size of the training data',
    summary: 'Below zero a model is worse than untouched.',
    x: SIZES,
    y: { label: 'difference of accuracy', scale: 'linear', unit: 'share', includes: [0] },
    band: null,
    lines: verdicts.map(({ model, benchmark, rungs }) => ({
      label: said`${model} · ${benchmark}`,
      points: rungs.flatMap(({ size, againstBase }) =>
        againstBase ? [{ x: size, y: againstBase.value, interval: againstBase.interval, n: againstBase.problems }] : [],
      ),
    })),
  };
}
