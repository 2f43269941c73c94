/** Why an evaluation came out as it did: lengths, endings, reflection and accumulated errors of its completions, as plain data. */
import type { RunError } from './events.ts';
import type { LengthStatistics } from './preflight.ts';

export type AnalysisAnswer =
  | { readonly type: 'analysed'; readonly runFolder: string; readonly analyses: readonly EvaluationAnalysis[] }
  | { readonly type: 'refused'; readonly error: RunError };

/** One stored evaluation. */
export interface EvaluationAnalysis {
  readonly benchmark: string;
  readonly step: number;
  /** The unit of all intervals. */
  readonly problems: number;
  readonly completions: number;
  readonly lengths: LengthAnalysis;
  readonly endings: EndingAnalysis;
  readonly reflection: ReflectionAnalysis;
  readonly errors: ErrorAnalysis;
}

/** A number of an evaluation with its 95 % interval over problems; null where none is defined. */
export interface Estimate {
  readonly value: number;
  readonly interval: readonly [low: number, high: number] | null;
}

/** In tokens. */
export interface LengthAnalysis {
  readonly all: LengthsOf;
  readonly correct: LengthsOf;
  /** All that are not correct. */
  readonly wrong: LengthsOf;
  readonly accuracy: Estimate;
  /** Right completions per 1,000 tokens. */
  readonly tokenEfficiency: Estimate | null;
}

export interface LengthsOf {
  readonly count: number;
  /** Null for none. */
  readonly mean: Estimate | null;
  readonly statistics: LengthStatistics;
}

/** Shares of all completions. The first four make 1. */
export interface EndingAnalysis {
  /** Ended by the model. */
  readonly finished: Estimate;
  /** Cut at the limit while going round in circles. */
  readonly looping: Estimate;
  /** Cut at the limit with an answer given: the model did not stop. */
  readonly unterminated: Estimate;
  /** Cut at the limit while still at work. */
  readonly truncated: Estimate;
  /** No answer was found, however it ended. */
  readonly noAnswer: Estimate;
  /** Of those that the model ended; null for none. */
  readonly accuracyFinished: Estimate | null;
  /** Completions with a passage that comes again and again, by what saw it; one may be seen by several. */
  readonly loops: Readonly<Record<LoopDetector, number>>;
}

/** `period`: the end is one piece said over and over. `ngrams`: most runs of words stood there before. `passage`: one passage fills the text. */
export type LoopDetector = 'period' | 'ngrams' | 'passage';

export interface ReflectionAnalysis {
  /** Completions with a keyword of the paper that is meant as reflection, and that do not go round in circles. */
  readonly ratio: Estimate;
  readonly perCompletion: Estimate;
  readonly withReflection: ReflectionSide;
  readonly without: ReflectionSide;
}

export interface ReflectionSide {
  readonly count: number;
  /** Null for none. */
  readonly meanLength: Estimate | null;
  readonly accuracy: Estimate | null;
}

/** Calculations in the completions that could be checked; a step is one of them. */
export interface ErrorAnalysis {
  /** Completions with at least one. */
  readonly checked: number;
  /** Completions that were too much to be checked to their end. */
  readonly incomplete: number;
  readonly steps: number;
  readonly perCompletion: Estimate;
  /** Wrong steps of all steps. */
  readonly errorRate: Estimate | null;
  readonly wrong: number;
  /** Wrong steps whose right result a reflection found. */
  readonly repaired: number;
  /** Right steps that a reflection replaced by a wrong result. */
  readonly broken: number;
  /** Until the first wrong step, repaired or not. */
  readonly first: Survival;
  /** Until the first wrong step that nothing repaired. */
  readonly standing: Survival;
  /** Accuracy of completions with such a step, and of those without one. */
  readonly accuracyWithStanding: Estimate | null;
  readonly accuracyWithout: Estimate | null;
}

/** How long traces stay right, one step after the other. */
export interface Survival {
  /** Mean place of the first error (from 1) in traces that have one; null for none. */
  readonly meanPosition: number | null;
  /**
   * Kaplan and Meier: a trace that ends without an error is no longer at risk after its last step (censored), and says
   * nothing about longer ones.
   */
  readonly curve: readonly SurvivalPoint[];
  /**
   * Share of steps that fail, as if all were equally hard (geometric, by maximum likelihood, clustered by problem):
   * (1 - error)^k is the fitted curve. Null where no step was checked.
   */
  readonly stepError: Estimate | null;
}

export interface SurvivalPoint {
  /** From 1. */
  readonly step: number;
  readonly atRisk: number;
  readonly failed: number;
  /** Traces that end with this step and are right. */
  readonly censored: number;
  /** Share of traces still right after this step. */
  readonly alive: number;
}
