/** What a config amounts to, in numbers: steps, evaluations, tokens, parameters. Recipe and editor both count here. */
import type {
  DecoderConfig,
  ExampleRunConfig,
  ModelRunConfig,
  RowsDataConfig,
  RunConfig,
  SftConfig,
  TrainingRunConfig,
} from './schema.ts';

export interface SftPlan {
  readonly totalSteps: number;
  readonly stepsPerEpoch: number;
  readonly epochs: number;
  readonly warmupSteps: number;
  /** Steps after which is evaluated, ascending; 0 is the untouched model. */
  readonly evaluationSteps: readonly number[];
  readonly sequencesPerStep: number;
  /** Upper bounds: every sequence as long as the model allows. Null for a model from a checkpoint. */
  readonly tokensPerStep: number | null;
  readonly tokens: number | null;
  /** Trainable parameters; null for a model from a checkpoint. */
  readonly parameters: number | null;
}

/** An estimate for the vocabulary of a character tokenizer; with tied embeddings it hardly changes the sums. */
const CHARACTERS = 64;

/** `size` is the number of training examples. */
export function planSft(config: SftConfig, size: number, vocabSize = CHARACTERS): SftPlan {
  const steps = totalSteps(config, size);
  const sequences = sequencesPerStep(config);
  const { model } = config;
  const tokensPerStep = isNewModel(model) ? sequences * model.maxPositionEmbeddings : null;
  const parameters = isNewModel(model) ? decoderParameters(model, vocabSize) : null;
  return {
    totalSteps: steps,
    stepsPerEpoch: Math.ceil(size / sequences),
    epochs: (steps * sequences) / size,
    warmupSteps: warmupSteps(config.training, steps),
    evaluationSteps: evaluationSteps(config, steps),
    sequencesPerStep: sequences,
    tokensPerStep,
    tokens: tokensPerStep === null ? null : tokensPerStep * steps,
    parameters,
  };
}

/** `maxSteps` if given, else the steps of `epochs` passes (1 if that is left out too) over so many training examples. At least 1. */
export const totalSteps = (config: ExampleRunConfig, size: number): number =>
  config.training.maxSteps ?? Math.max(1, Math.ceil(((config.training.epochs ?? 1) * size) / sequencesPerStep(config)));

/** The same as far as the config alone tells; null where it depends on how many rows a file has. */
export function plannedSteps(config: ExampleRunConfig): number | null {
  if ('problems' in config.data) return totalSteps(config, config.data.problems);
  return config.training.maxSteps ?? null;
}

/** Of preferences the pairs. */
export const sequencesPerStep = ({ training }: ExampleRunConfig): number =>
  training.batchSize * training.gradientAccumulationSteps;

/** Steps over which the learning rate rises. */
export const warmupSteps = ({ warmupRatio }: Pick<SftConfig['training'], 'warmupRatio'>, steps: number): number =>
  Math.round(warmupRatio * steps);

/** Every `everySteps` steps and after the last one; before the first if `atStart`. Ascending, no step twice. */
export function evaluationSteps(config: ExampleRunConfig, steps: number): number[] {
  const { everySteps, atStart } = config.evaluation;
  const between = Array.from({ length: Math.ceil(steps / everySteps) - 1 }, (_, index) => (index + 1) * everySteps);
  return [...(atStart ? [0] : []), ...between, steps];
}

/** Trainable parameters of a new decoder whose head is tied to the embedding. */
export function decoderParameters(model: DecoderConfig, vocabSize: number): number {
  const { hiddenSize, intermediateSize, numAttentionHeads, numKeyValueHeads, numHiddenLayers } = model;
  const keyValueSize = (hiddenSize / numAttentionHeads) * numKeyValueHeads;
  const attention = 2 * hiddenSize * hiddenSize + 2 * hiddenSize * keyValueSize;
  const block = attention + 3 * hiddenSize * intermediateSize + 2 * hiddenSize;
  return vocabSize * hiddenSize + numHiddenLayers * block + hiddenSize;
}

/** Whether a config learns examples that are given, which can be looked at before. */
export const learnsExamples = (config: RunConfig): config is ExampleRunConfig =>
  config.recipe === 'sft' || config.recipe === 'dpo';

/** Whether a config makes optimizer steps and keeps checkpoints. */
export const trains = (config: RunConfig): config is TrainingRunConfig =>
  learnsExamples(config) || config.recipe === 'grpo';

/** Sequences that are compared with each other and stay in one pass: the two of a pair, else each for itself. */
export const sequencesTogether = ({ recipe }: Pick<RunConfig, 'recipe'>): number => (recipe === 'dpo' ? 2 : 1);

/**
 * Whether a policy is held against a copy of the model that it began as. Preferences are learned by adapters without one:
 * the frozen weights are that model.
 */
export const isHeldAgainstCopy = (config: RunConfig): boolean =>
  (config.recipe === 'grpo' && config.policy.beta !== 0) ||
  (config.recipe === 'dpo' && config.training.method === 'full');

export const isNewModel = (model: SftConfig['model']): model is DecoderConfig => 'family' in model;

/** The path that a model comes from, as the config has it; null for a new one. */
export const modelSource = (model: ModelRunConfig['model']): string | null => {
  if ('family' in model) return null;
  return 'path' in model ? model.path : model.checkpoint;
};

/** What `data` says of a file of rows; null where problems of a task are learned. */
export const rowsOf = ({ data }: Pick<ExampleRunConfig, 'data'>): RowsDataConfig | null =>
  'path' in data ? data : null;

/** Bytes of one checkpoint: weights and both moments in 32 bits. */
export const checkpointBytes = (parameters: number): number => 12 * parameters;
