/** What a recipe is given: everything that touches clock, disk or people comes in as a value. */
import type { EvaluationIdentity } from '../../protocol/evaluationIdentity.ts';
import type {
  CheckpointRemoved,
  CheckpointSaved,
  Completion,
  ExecutorIdentity,
  RunEvent,
} from '../../protocol/events.ts';
import type { BenchmarkSource } from '../benchmarks/benchmarkSource.ts';
import type { ModelText } from '../chat/exampleEncoder.ts';
import type { Executor } from '../executor.ts';
import type { SavedModel, SavedState } from '../../protocol/savedState.ts';
import type { RowsSource } from './rowsSource.ts';

/** What a person asked of the run since the last look. `stop` means: save, then end. */
export type Request =
  | { readonly type: 'stop' }
  | { readonly type: 'saveCheckpoint' }
  | {
      readonly type: 'sample';
      readonly prompt: string;
      readonly temperature: number;
      readonly maxNewTokens: number;
      readonly seed: number;
    };

/** What came of a save; a `log.written` tells of one that failed and will be tried again. */
export type SaveEvent = CheckpointSaved | CheckpointRemoved | Extract<RunEvent, { type: 'log.written' }>;

/** What an earlier attempt has kept of an evaluation. */
export interface KeptEvaluation {
  readonly identity: EvaluationIdentity;
  /** What it was computed on; null where that was not told. */
  readonly executor: ExecutorIdentity | null;
  /** All of it was told. */
  readonly isFinished: boolean;
  /** The completions that are there; what is sampled then goes behind them. */
  take(): readonly Completion[];
  /** Removes them: what was measured otherwise must be gone before anything is told of what is measured now. */
  discard(): void;
}

export interface RecipeDeps {
  readonly executor: Executor;
  /** The model that `config.model` names; null for a new one. */
  readonly model: SavedModel | null;
  /** Where a continued run goes on; null for a fresh start. */
  readonly resume: SavedState | null;
  /** Tokenizer and chat template of that model; left out for a new one, and where the checkpoint alone tells. */
  readonly text?: ModelText | undefined;
  /** SHA-256 of the chat template; left out where there is none. */
  readonly templateHash?: string | undefined;
  /** SHA-256 of the weights of `model`; left out where nobody is to tell evaluations apart. */
  readonly modelHash?: string | undefined;
  /** Problems and graders of `config.benchmarks`; left out where it names none. */
  readonly benchmarks?: BenchmarkSource | undefined;
  /** Asked of each evaluation before it begins; left out where there was no earlier attempt. */
  readonly kept?: ((benchmark: string) => KeptEvaluation | null) | undefined;
  /** The rows that `config.data` names; left out where it names none. */
  readonly rows?: RowsSource | undefined;
  /** All that earlier attempts at the run told, in order; left out at the first. */
  readonly past?: () => Iterable<RunEvent>;
  /** Bytes of memory that the machine has; left out where nobody is to be told of them. */
  readonly memoryBytes?: number;
  /** Milliseconds on a clock that never goes back. */
  readonly now: () => number;
  /** Requests since the last call, oldest first. Recipes ask between steps and between decode steps of an evaluation. */
  readonly takeRequests: () => readonly Request[];
  /** Writes a checkpoint, applies the keeping policy and tells what came of it, to be yielded. */
  readonly save: (
    state: SavedState,
    cause: CheckpointSaved['cause'],
    score: number | null,
  ) => Promise<readonly SaveEvent[]>;
  /** Pieces of an interactive sample while it is being written. */
  readonly stream: (text: string, done: boolean) => void;
}
