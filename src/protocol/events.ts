/** What a run says (`RunEvent`) and what it may be asked (`RunCommand`): plain data that survives JSON and time. */

import type { EvaluationIdentity } from './evaluationIdentity.ts';
import type { LeftOut, PreparationStep, PreparedSubset, RowStatistics, SourceReading } from './preparation.ts';
import type { Sentence } from './sentence.ts';
import type { TokenDetails } from './tokenRecords.ts';

/** Raised when an old reader could misread a new event; readers refuse what is newer than they are. */
export const PROTOCOL_VERSION = 1;

export type Recipe = 'sft' | 'grpo' | 'dpo' | 'evaluate' | 'sample' | 'prepare';

/** Whether runs of the recipe make optimizer steps and keep checkpoints; not, where it is not known. */
export const isTrainingRecipe = (recipe: Recipe | null): recipe is 'sft' | 'grpo' | 'dpo' =>
  recipe === 'sft' || recipe === 'grpo' || recipe === 'dpo';

/** Everything a run can say. */
export type RunEvent =
  | RunStarted
  | { readonly type: 'run.queued'; readonly device: string; readonly behind: string }
  | { readonly type: 'phase.changed'; readonly phase: Phase; readonly detail?: string }
  | StepFinished
  | CompletionsSampled
  | CompletionsLearned
  | PlanChanged
  | EvaluationProgressed
  | EvaluationFinished
  | CheckpointSaved
  | CheckpointRemoved
  | {
      readonly type: 'samples.written';
      readonly file: string;
      readonly step: number;
      readonly benchmark: string;
      readonly count: number;
      /** The binary file beside it, where there is one. */
      readonly tokens?: string;
    }
  | { readonly type: 'source.opened'; readonly source: SourceReading }
  | RowsProgressed
  | StageFinished
  | { readonly type: 'subset.written'; readonly subset: PreparedSubset }
  | LogWritten
  | { readonly type: 'run.paused' }
  | { readonly type: 'run.resumed' }
  | { readonly type: 'run.finished'; readonly reason: 'completed' | 'stopped' }
  | { readonly type: 'run.failed'; readonly error: RunError };

/** The first event of every attempt. `attempt` > 1 continues the same run from `resumedFrom`. */
export interface RunStarted {
  readonly type: 'run.started';
  readonly recipe: Recipe;
  readonly name: string;
  readonly task: string;
  /** Trainable parameters. */
  readonly parameters: number;
  /** Null where the recipe computes with no model. */
  readonly executor: ExecutorIdentity | null;
  readonly runtime: RuntimeIdentity;
  /** Optimizer steps planned in all; 0 where the recipe has none. */
  readonly totalSteps: number;
  /** Steps after which an evaluation is planned, ascending; an evaluation before training is step 0. */
  readonly evaluationSteps: readonly number[];
  readonly resumedFrom?: { readonly step: number; readonly checkpoint: string };
}

/** What was planned is known only now, since it depends on how many rows the data have. */
export interface PlanChanged {
  readonly type: 'plan.changed';
  readonly totalSteps: number;
  readonly evaluationSteps: readonly number[];
}

/** Which program computes, on what, and why this one: shown wherever a run is shown. */
export interface ExecutorIdentity {
  /** `onnx`, `tensorflow` or `reference`. */
  readonly executor: string;
  /** Version of the library that computes, e.g. `onnxruntime-node 1.30.0`. */
  readonly version: string;
  /** `cpu`, `webgpu`, `cuda`, `dml`, `coreml`. */
  readonly provider: string;
  /** Name of the processor or adapter. */
  readonly adapter: string;
  readonly precision: 'f32' | 'f16' | 'bf16';
  readonly threads: number;
  /** One sentence: why this executor and provider, and why not a faster one. */
  readonly reason: string;
  /** `reason` to be translated, where it has values. */
  readonly reasonSaid?: Sentence;
}

/** The JavaScript runtime of the trainer process. */
export interface RuntimeIdentity {
  /** `node 20.20.2`. */
  readonly version: string;
  readonly foundBy: 'setting' | 'path' | 'editor' | 'cli';
}

export type Phase = 'preparing' | 'compiling' | 'training' | 'sampling' | 'evaluating' | 'saving' | 'paused';
export type LogLevel = 'info' | 'warning' | 'error';

export interface LogWritten {
  readonly type: 'log.written';
  readonly level: LogLevel;
  /** English. */
  readonly message: string;
  /** `message` to be translated, where it has values. */
  readonly said?: Sentence;
}

export interface StepFinished {
  readonly type: 'step.finished';
  /** Optimizer updates done, from 1. */
  readonly step: number;
  readonly metrics: Metrics;
}

/** One scalar per name in TRL's spelling (`loss`, `learning_rate`, `grad_norm`, `tokens_per_second`, `completions/mean_length`, `completions/clipped_ratio`). `null` is "not a finite number". */
export type Metrics = Readonly<Record<string, number | null>>;

export interface CompletionsSampled {
  readonly type: 'completions.sampled';
  readonly step: number;
  /** `training`: a look during training. `interactive`: someone asked. `evaluation`: goes to a file under samples/, never into the event list. */
  readonly purpose: 'training' | 'interactive' | 'evaluation';
  readonly benchmark?: string;
  readonly completions: readonly Completion[];
  /** Of each of the completions, in `evaluation` alone: goes to the binary file beside them (tokenRecords.ts). */
  readonly details?: readonly TokenDetails[];
}

/** What came of completions that were told before: the policy has learned from them. */
export interface CompletionsLearned {
  readonly type: 'completions.learned';
  /** That of the completions. */
  readonly step: number;
  /** By the id of a completion: the share of its tokens whose ratio was clipped, 0..1, over all updates on it. */
  readonly clipped: Readonly<Record<string, number>>;
}

/** One answer of the model to one prompt. */
export interface Completion {
  /** Unique within the run: `<step>-<purpose>-<index>`. */
  readonly id: string;
  readonly step: number;
  readonly prompt: string;
  /** All that was generated, without prompt and end token. */
  readonly text: string;
  /** The chain of thought inside `text`; empty if there is none. */
  readonly trace: string;
  /** The extracted answer; null if none was found. */
  readonly answer: string | null;
  /** The right answer; null for a prompt without one. */
  readonly gold: string | null;
  readonly verdict: Verdict;
  /** Who judged and in which version, e.g. `math 1`: scores of different ones are not comparable. Left out by runs of before. */
  readonly verifier?: string;
  /** How the verdict was reached, where the verifier tells: the rule by which both answers are the same, or why there is none. */
  readonly rule?: string;
  /** Grading was given up: it took too long or too much, or failed. The verdict is then `unparsed`. */
  readonly isGivenUp?: true;
  /** The chain of thought was begun and never ended. */
  readonly isTraceOpen?: true;
  /** `length`: cut at the token limit (truncated). `stop`: the model ended by itself. */
  readonly finishReason: 'stop' | 'length';
  /** Generated tokens, end token included. */
  readonly tokens: number;
  readonly seed: number;
  readonly temperature: number;
  /** Mean log-probability of the generated tokens (natural logarithm). */
  readonly meanLogProbability: number | null;
  /** Written steps of the trace that could be checked; `firstError` is the index (from 0) of the first wrong one. */
  readonly steps: { readonly count: number; readonly wrong: number; readonly firstError: number | null } | null;
  /** How it counted; only of a completion that was learned from in RL. */
  readonly rollout?: Rollout;
}

/** A completion among the others of its prompt. */
export interface Rollout {
  /** The same for all completions of the prompt in one rollout: `<step>-<place>`. */
  readonly group: string;
  /** The weighted sum of its parts. */
  readonly reward: number;
  /** The parts before their weights, by name. */
  readonly rewards: Readonly<Record<string, number>>;
  /** What each part is multiplied by, by name. Left out by runs of before, as all below. */
  readonly weights?: Readonly<Record<string, number>>;
  readonly advantage: number;
  /** All of the group, also those that are not shown: `rewardStd` with n - 1 below the root. */
  readonly siblings?: { readonly count: number; readonly meanReward: number; readonly rewardStd: number };
  /** Whether the policy learns from it: not where its group is left out, nor where it was cut and such are masked. */
  readonly isLearned?: boolean;
  /** How hard the problem is, where problems have levels. */
  readonly level?: string;
  /** Share of its tokens whose ratio was clipped, 0..1; known once the policy has learned from it. */
  readonly clippedShare?: number;
}

export type Verdict = 'correct' | 'wrong' | 'unparsed' | 'ungraded';

export interface EvaluationProgressed {
  readonly type: 'evaluation.progressed';
  readonly step: number;
  readonly benchmark: string;
  readonly done: number;
  readonly total: number;
  /** Told at the beginning: completions that an earlier attempt has kept are of use only where it is the same. */
  readonly identity?: EvaluationIdentity;
}

export interface EvaluationFinished {
  readonly type: 'evaluation.finished';
  readonly step: number;
  readonly benchmark: string;
  /** The first score is the headline. */
  readonly scores: readonly Score[];
  readonly identity?: EvaluationIdentity;
}

/** A benchmark's number with what is needed to trust it. */
export interface Score {
  /** `accuracy`, `completions/mean_length`, `completions/clipped_ratio`, `wrong_steps`, `eval_loss` of held-out rows, ... */
  readonly name: string;
  readonly value: number;
  /** Number of problems (the unit of the interval). */
  readonly n: number;
  /** Samples per problem. */
  readonly k: number;
  /** 95 % interval, clustered by problem; null where none is defined. */
  readonly interval: readonly [low: number, high: number] | null;
  /** `share` is 0..1 and shown in per cent; `nats` are per token, and less is better. */
  readonly unit: 'share' | 'tokens' | 'count' | 'nats';
}

/** How far a step of `prepare` is: in bytes while files are read, in rows after that. */
export interface RowsProgressed {
  readonly type: 'rows.progressed';
  readonly stage: PreparationStep;
  readonly done: number;
  readonly total: number;
}

/** A step of `prepare` is done: what it took in, left out and left. */
export interface StageFinished {
  readonly type: 'stage.finished';
  readonly stage: PreparationStep;
  /** Rows before the step. */
  readonly rowsIn: number;
  readonly leftOut: readonly LeftOut[];
  /** Of what is left. */
  readonly statistics: RowStatistics;
}

export interface CheckpointSaved {
  readonly type: 'checkpoint.saved';
  readonly step: number;
  /** Folder name under checkpoints/. */
  readonly checkpoint: string;
  readonly bytes: number;
  /** Asked for by a person, by the plan, or because the run is ending. */
  readonly cause: 'planned' | 'asked' | 'stopping' | 'final';
  readonly best: boolean;
}

export interface CheckpointRemoved {
  readonly type: 'checkpoint.removed';
  readonly step: number;
  readonly checkpoint: string;
  readonly reason: 'policy' | 'diskBudget' | 'damaged';
}

/** An expected failure. One function of the extension and the CLI says each code to the user with its remedy. */
export interface RunError {
  readonly code: RunErrorCode;
  /** A sentence that names the file, key or value at fault. */
  readonly message: string;
  /** `message` to be translated, where it has values. */
  readonly said?: Sentence;
  /** What to do about it, if more is known than the code says. */
  readonly remedy?: string;
  readonly remedySaid?: Sentence;
}

export const RUN_ERROR_CODES = [
  'badConfig',
  'badDataset',
  'badCheckpoint',
  'deviceBusy',
  'noDevice',
  'deviceLost',
  'outOfMemory',
  'diskFull',
  'runFolderLost',
  'runFolderBusy',
  'diverged',
  'internal',
] as const;
export type RunErrorCode = (typeof RUN_ERROR_CODES)[number];
export const isRunErrorCode = (code: unknown): code is RunErrorCode => RUN_ERROR_CODES.some((known) => known === code);

/** What may be asked of a running trainer. Commands get no reply; they cause events. */
export type RunCommand =
  | { readonly type: 'stop'; /** Skip the checkpoint and end at once. */ readonly now?: boolean }
  | { readonly type: 'pause' }
  | { readonly type: 'resume' }
  | { readonly type: 'saveCheckpoint' }
  | {
      readonly type: 'sample';
      readonly prompt: string;
      readonly temperature: number;
      readonly maxNewTokens: number;
      readonly seed: number;
    };

/** An event as it is written: stamped once, by the trainer, at the moment it happened. */
export interface StampedEvent {
  readonly v: number;
  readonly runId: string;
  /** 1 for the first start, one more for each continuation. */
  readonly attempt: number;
  /** Position in the run over all attempts, from 0. A gap means a lost line. */
  readonly seq: number;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly event: RunEvent;
}
