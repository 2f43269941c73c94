/** What a recipe is given: everything that touches clock, disk or people comes in as a value. */
import type { CheckpointRemoved, CheckpointSaved, RunEvent } from '../../protocol/events.ts';
import type { Executor, Shape } from '../executor.ts';

export interface NamedArray {
  readonly shape: Shape;
  readonly values: Float32Array;
}
export type NamedArrays = Readonly<Record<string, NamedArray>>;
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A model that can be used: what config.json, tokenizer.json and model.safetensors of a checkpoint hold. */
export interface SavedModel {
  /** With `model_type` naming the family, keys in Hugging Face's spelling (snake_case). */
  readonly config: { readonly model_type: string; readonly [key: string]: Json };
  readonly tokenizer: Json;
  readonly weights: NamedArrays;
}

/** The adapters of a model that is trained by LoRA (adapter_model.safetensors, adapter_config.json, base.safetensors). */
export interface SavedAdapter {
  /** As PEFT spells it. */
  readonly config: { readonly [key: string]: Json };
  /** A and B of each adapted matrix, by PEFT's names. */
  readonly weights: NamedArrays;
  /** The adapted matrices as they were before training. */
  readonly base: NamedArrays;
}

/** A model that can be trained on: its optimizer and the step it has reached. Randomness is counter-based and needs no state. */
export interface SavedState extends SavedModel {
  readonly step: number;
  /** Moments by name (`m.<weight>`, `v.<weight>`). */
  readonly optimizer: NamedArrays;
  /** Counters that are not derived from the step, e.g. `tokensSeen`. */
  readonly counters: Readonly<Record<string, number>>;
  /** Where the run trains adapters; `weights` are then the merged ones. */
  readonly adapter?: SavedAdapter;
}

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

export interface RecipeDeps {
  readonly executor: Executor;
  /** The model that `config.model.checkpoint` names; null for a new one. */
  readonly model: SavedModel | null;
  /** Where a continued run goes on; null for a fresh start. */
  readonly resume: SavedState | null;
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
