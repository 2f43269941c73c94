/**
 * What an evaluation was: where any of this but the model differs, two scores do not mean the same. Not in it: the tokenizer,
 * and executor and precision, which `run.started` tells.
 */

export interface EvaluationIdentity {
  /** SHA-256 of the weights that answered, or `run <id> step <n>` of a training under way; null where it is not known. */
  readonly model: string | null;
  /** SHA-256 of the file, or the name of the task that makes the problems. */
  readonly data: string;
  /** What is said after each problem; null where nothing is. */
  readonly instruction: string | null;
  /** SHA-256 of the chat template with what it was told; null for prompts as they stand. */
  readonly template: string | null;
  /** Who judges, and in which version: `math 1`. */
  readonly verifier: string;
  readonly samplesPerProblem: number;
  readonly temperature: number;
  readonly topP: number;
  readonly topK: number;
  readonly maxNewTokens: number;
  /** Texts that end a completion, as JSON. */
  readonly stop: string;
  /** Of the choice of problems, of shuffled choices and of sampling. */
  readonly seed: number;
}

/** In the order in which they are told. */
export const IDENTITY_KEYS = [
  'model',
  'data',
  'instruction',
  'template',
  'verifier',
  'samplesPerProblem',
  'temperature',
  'topP',
  'topK',
  'maxNewTokens',
  'stop',
  'seed',
] as const satisfies readonly (keyof EvaluationIdentity)[];

/** Keys in which two evaluations differ, among those asked for. */
export const identityDifferences = (
  one: EvaluationIdentity,
  other: EvaluationIdentity,
  keys: readonly (keyof EvaluationIdentity)[] = IDENTITY_KEYS,
): (keyof EvaluationIdentity)[] => keys.filter((key) => one[key] !== other[key]);
