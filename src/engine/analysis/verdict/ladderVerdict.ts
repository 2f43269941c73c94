/** From the record of a ladder to its verdict: pure, so that its intervals can be tried on made-up ladders. */
import type { Ladder } from '../../../protocol/ladder.ts';
import type { LadderVerdict } from '../../../protocol/verdict.ts';
import { fakeValleysOf } from '../fakeValleys/index.ts';
import type { ValleyFacts } from '../fakeValleys/check.ts';
import { adviceOf } from './advice.ts';
import type { Scale } from './differences.ts';
import { type Measured, measuredOf, ofSize, sizesOf } from './measured.ts';
import { rlFinding } from './rlFinding.ts';
import { rungOf } from './rungs.ts';
import { slopeFinding } from './slopeFinding.ts';
import { valleyFindings } from './valleyFindings.ts';

export interface VerdictOptions {
  /** `id` of one of the ladder's evaluations. */
  readonly evaluation: string;
  readonly facts: ValleyFacts;
  /** The smallest difference of shares that matters. */
  readonly matters: number;
}

/**
 * How far the accuracies of two seeds usually lie apart before any are seen (standard deviation of a training's accuracy):
 * of models that were fine-tuned from one, since a ladder has one base for all seeds.
 */
const USUAL_SEEDS = 0.05;

export function ladderVerdict(ladder: Ladder, { evaluation, facts, matters }: VerdictOptions): LadderVerdict {
  const { plan } = ladder;
  const scale: Scale = { matters, usualSeeds: USUAL_SEEDS };
  const measured = measuredOf(ladder, evaluation);
  const base = measured.base.length === 0 ? null : rungOf(measured.base, { base: null, control: null }, scale);
  const rungs = sizesOf(measured.sft).map((size) =>
    rungOf(ofSize(measured.sft, size), { base: measured.base, control: ofSize(measured.short, size) }, scale),
  );
  const controls = sizesOf(measured.short).map((size) =>
    rungOf(ofSize(measured.short, size), { base: measured.base, control: null }, scale),
  );
  const findings = valleyFindings(measured, scale);
  const depth = findings.degradationDepth;
  const bottom = rungs.find(({ size }) => size === depth?.size) ?? null;
  const how = plan.evaluations.find(({ id }) => id === evaluation);
  const found = {
    v: 1,
    ...{ model: plan.model, evaluation, benchmark: how?.benchmark ?? evaluation, k: how?.samplesPerProblem ?? 1 },
    ...{ problems: problemsOf(measured.sft, measured.base), seeds: plan.seeds.length, matters },
    ...{ base, rungs, controls, ...findings },
    morePays: slopeFinding(measured.sft, depth?.size ?? 0, scale),
    rl: rlFinding(measured, scale),
    fakeValleys: fakeValleysOf({ facts, base, bottom, depth, matters, looping: loopingOf(measured.sft, depth?.size) }),
  } as const;
  return { ...found, next: adviceOf(found) };
}

/** Over the seeds of a size; null where one was not looked at. */
function loopingOf(models: readonly Measured[], size: number | undefined): number | null {
  const shares = models.filter((model) => model.size === size).map(({ looping }) => looping);
  const known = shares.filter((share) => share !== null);
  if (known.length === 0 || known.length < shares.length) return null;
  return known.reduce((sum, share) => sum + share, 0) / known.length;
}

const problemsOf = (...models: readonly (readonly Measured[])[]): number => models.flat()[0]?.shares.length ?? 0;
