/** Messages between the extension host and the panel. Ids from a list the host holds; never paths, commands or markup. */
import type { ComparisonReport } from './comparison.ts';
import type { Completion, Recipe, StampedEvent } from './events.ts';
import type { RunState } from './state.ts';

/** Host to panel. A snapshot replaces everything; events continue from it. */
export type ToPanel =
  | {
      readonly type: 'snapshot';
      readonly run: RunState;
      readonly health: Health;
      readonly locale: string;
      readonly strings: Readonly<Record<string, string>>;
    }
  | { readonly type: 'events'; readonly events: readonly StampedEvent[] }
  | { readonly type: 'health'; readonly health: Health }
  | {
      readonly type: 'samples';
      readonly file: string;
      readonly completions: readonly Completion[];
      readonly problem: string | null;
    }
  /** Text of the interactive sample under way, so far. */
  | { readonly type: 'streaming'; readonly text: string; readonly done: boolean }
  /** The other runs that were measured, newest first. */
  | { readonly type: 'scores'; readonly runs: readonly MeasuredRun[] }
  | {
      readonly type: 'problems';
      readonly of: EvaluationFile;
      readonly problems: readonly MeasuredProblem[];
      /** Why there are fewer than expected, if so. */
      readonly trouble: string | null;
    }
  /** The answer to `compare`; null where it was cancelled or could not be asked, which the editor has told. */
  | { readonly type: 'comparison'; readonly pair: EvaluationPair; readonly report: ComparisonReport | null }
  /** Someone chose two evaluations elsewhere and wants to see them side by side. */
  | { readonly type: 'showComparison'; readonly pair: EvaluationPair };

/** A run by the id that the host gave it; null for the run of the panel itself. */
export type RunReference = string | null;

/** All that was measured of a run at a step. */
export interface EvaluationReference {
  readonly run: RunReference;
  readonly step: number;
}

/** Which is to be compared with which. */
export interface EvaluationPair {
  readonly before: EvaluationReference;
  readonly after: EvaluationReference;
  /** The smallest difference of shares that matters. */
  readonly matters: number;
}

/** The completions of one evaluation, as the run has named the file. */
export interface EvaluationFile {
  readonly run: RunReference;
  readonly file: string;
}

/** Another run as far as it is compared. */
export interface MeasuredRun extends Pick<RunState, 'evaluations' | 'sampleFiles'> {
  readonly run: string;
  readonly name: string;
  readonly recipe: Recipe | null;
}

/** A problem of a benchmark with all that was answered to it. */
export interface MeasuredProblem {
  /** At most `PROMPT_SENT` characters. */
  readonly prompt: string;
  /** Likewise. */
  readonly gold: string | null;
  readonly answers: readonly MeasuredAnswer[];
}

/** A completion without its text. */
export type MeasuredAnswer = Pick<Completion, 'id' | 'answer' | 'verdict' | 'finishReason' | 'tokens'>;

export const PROMPT_SENT = 4000;

/** What an observer concludes about the process behind a run. */
export type Health =
  /** No trainer is expected: the run ended in order. */
  | { readonly kind: 'ended' }
  | { readonly kind: 'alive' }
  /** `abandonedOn`: another machine, silent for so long that the run may be continued here. */
  | { readonly kind: 'notResponding'; readonly since: number; readonly abandonedOn?: string }
  /** The process is gone and left no exit record. */
  | { readonly kind: 'lost'; readonly lastWords: string };

/** Panel to host. */
export type FromPanel =
  | { readonly type: 'ready' }
  | { readonly type: 'act'; readonly action: PanelAction }
  | { readonly type: 'openCompletion'; readonly id: string }
  | { readonly type: 'loadSamples'; readonly file: string }
  | { readonly type: 'loadScores' }
  | { readonly type: 'loadProblems'; readonly of: EvaluationFile }
  | { readonly type: 'openAnswer'; readonly of: EvaluationFile; readonly id: string }
  | { readonly type: 'compare'; readonly pair: EvaluationPair }
  /** The picture of the verdict of that evaluation, to be kept as a file. */
  | { readonly type: 'exportFigure'; readonly evaluation: string; readonly format: 'svg' | 'csv' }
  /** The same as pixels, which only a page can draw: base64. */
  | { readonly type: 'exportPng'; readonly evaluation: string; readonly png: string }
  | { readonly type: 'reportError'; readonly message: string };

export const PANEL_ACTIONS = [
  'pause',
  'resume',
  'stop',
  'saveCheckpoint',
  'continue',
  'sample',
  'evaluate',
  'revealFolder',
  'openConfig',
  'openLog',
  'doctor',
  'openReport',
] as const;
export type PanelAction = (typeof PANEL_ACTIONS)[number];
