/** The last line of `--json`: what came of the run, for scripts. */
import type { RunError, Score } from '../protocol/events.ts';
import type { RunState, RunStatus } from '../protocol/state.ts';

export interface Summary {
  readonly type: 'summary';
  /** Absolute; null if nothing was started. */
  readonly runFolder: string | null;
  readonly state: RunStatus;
  readonly scores: readonly (Pick<Score, 'name' | 'value' | 'n' | 'k' | 'interval'> & {
    readonly benchmark: string;
    readonly step: number;
  })[];
  /** Files that `prepare` wrote. */
  readonly subsets?: readonly { readonly file: string; readonly rows: number; readonly sha256: string }[];
  /** Wall-clock time of the command. */
  readonly seconds: number;
  readonly error?: RunError;
}

/** How a run ended, as far as this command saw it. */
export interface Outcome {
  readonly runFolder: string;
  readonly run: RunState;
  readonly state: RunStatus;
  readonly seconds: number;
  readonly error: RunError | null;
  /** The end of trainer.log, if the run was lost. */
  readonly lastWords: string;
}

export function summaryOf({ runFolder, run, state, seconds, error }: Outcome): Summary {
  const scores = run.evaluations.flatMap(({ benchmark, step, scores: found }) =>
    found.map(({ name, value, n, k, interval }) => ({ benchmark, step, name, value, n, k, interval })),
  );
  const subsets = run.preparation.subsets.map(({ file, statistics, sha256 }) => ({
    file,
    rows: statistics.rows,
    sha256,
  }));
  const prepared = run.recipe === 'prepare' ? { subsets } : {};
  return { type: 'summary', runFolder, state, scores, ...prepared, seconds, ...(error ? { error } : {}) };
}

/** For a run that was refused before it had a folder. */
export const refusal = (error: RunError): Summary => ({
  type: 'summary',
  runFolder: null,
  state: 'failed',
  scores: [],
  seconds: 0,
  error,
});
