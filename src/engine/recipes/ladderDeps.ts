/** What the ladder is given beside what every recipe is: its base, and a place for each training. */
import type { EvaluateConfig, GrpoConfig, SftConfig } from '../../config/schema.ts';
import type { CellResult } from '../../protocol/ladder.ts';
import type { RunError } from '../../protocol/events.ts';
import type { SavedModel, SavedState } from '../../protocol/savedState.ts';
import type { RecipeDeps } from './deps.ts';

export interface LadderDeps extends Pick<
  RecipeDeps,
  'executor' | 'text' | 'memoryBytes' | 'past' | 'now' | 'takeRequests' | 'stream'
> {
  /** Reads the model that `base` names anew, as what trains takes its arrays over; null for a new one. */
  readonly base: (() => SavedModel) | null;
  readonly cells: Cells;
  /** Names of trainings that are done again, whatever was done before. */
  readonly again: readonly string[];
}

/** What trainings leave behind, by their names. All of it survives the process. */
export interface Cells {
  /** What was measured, in the order of the steps. */
  results(training: string): readonly CellResult[];
  /** Writes down how it is done, for whoever measures its model later. */
  begin(training: string, config: SftConfig | GrpoConfig | EvaluateConfig): void;
  /** Removes all that it has left, its ending first. */
  forget(training: string): void;
  keep(training: string, result: CellResult): void;
  /** How it ended; null for one that is still to be done. */
  ending(training: string): TrainingEnding | null;
  /** Its newest checkpoint stays: what starts from it needs no other. */
  finish(training: string): void;
  /** Writes down that it came to nothing, if that is what was thrown; null for what ends the whole ladder. */
  fail(training: string, thrown: unknown): RunError | null;
  /** The model that a finished training has made, read anew. */
  model(training: string): SavedModel;
  /** Where it goes on; null for a fresh start. */
  resume(training: string): SavedState | null;
  /** The step of that. */
  resumeStep(training: string): number;
  save(training: string): RecipeDeps['save'];
}

export type TrainingEnding = { readonly type: 'finished' } | { readonly type: 'failed'; readonly error: RunError };
