/** What the report of a ladder is made of. */
import type { EvaluationAnalysis } from '../../protocol/analysis.ts';
import type { Ladder, LadderStage } from '../../protocol/ladder.ts';
import type { LadderVerdict } from '../../protocol/verdict.ts';

export interface ReportedLadder {
  readonly ladder: Ladder;
  /** One for each of its evaluations, in the order of the plan. */
  readonly evaluations: readonly ReportedEvaluation[];
}

export interface ReportedEvaluation {
  readonly verdict: LadderVerdict;
  /** Of models that were measured, all seeds of one together. */
  readonly analyses: readonly RungAnalysis[];
  /** Names of files of completions that are not what the record of the ladder says, and stand in no analysis. */
  readonly leftOut: readonly string[];
}

export interface RungAnalysis {
  readonly stage: LadderStage;
  readonly size: number;
  /** Of the stage, 0 for what reinforcement learning began with (of its seeds alone); null where only its end was measured. */
  readonly step: number | null;
  readonly analysis: Omit<EvaluationAnalysis, 'benchmark' | 'step'>;
}

/** Those of a stage, by size. */
export const ofStage = (analyses: readonly RungAnalysis[], stage: LadderStage): readonly RungAnalysis[] =>
  analyses.filter((one) => one.stage === stage).toSorted((a, b) => a.size - b.size);
