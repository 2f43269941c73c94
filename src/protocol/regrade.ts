/** What `regrade` of the trainer answers: evaluations graded anew from the completions that were kept, or why not. */
import type { RunError, Score } from './events.ts';

export type RegradeReport = RegradedRun | { readonly type: 'refused'; readonly error: RunError };

export interface RegradedRun {
  readonly type: 'regraded';
  /** The run whose completions were graded. */
  readonly from: string;
  /** The run that holds the new verdicts. */
  readonly runFolder: string;
  readonly evaluations: readonly RegradedEvaluation[];
  readonly seconds: number;
}

export interface RegradedEvaluation {
  readonly benchmark: string;
  readonly step: number;
  readonly completions: number;
  /** Completions whose verdict is another now. */
  readonly changed: number;
  /** Null where it was not told. */
  readonly verifierBefore: string | null;
  readonly verifierAfter: string;
  /** The headline scores; null where it was not told. */
  readonly before: Score | null;
  readonly after: Score;
}
