/** Where a recipe begins: a new model, a given one, or the state a run was left in. */
import { isHeldAgainstCopy, isNewModel } from '../../config/plan.ts';
import type {
  DpoConfig,
  GrpoConfig,
  LoraConfig,
  RunConfig,
  SftConfig,
  TrainingRunConfig,
} from '../../config/schema.ts';
import type { ChatTemplate } from '../chat/chatTemplate.ts';
import type { ModelText } from '../chat/exampleEncoder.ts';
import { sizeOf } from '../graph/graph.ts';
import { decoderModelConfig } from '../families/decoder.ts';
import type { Model } from '../families/family.ts';
import { modelOf, trainedParameters } from '../families/index.ts';
import { adaptedWeights, withAdapters } from '../families/lora.ts';
import { randomSource } from '../random/randomSource.ts';
import type { Task } from '../tasks/task.ts';
import { characterTokenizer, characterTokenizerFrom } from '../tokenizer/characterTokenizer.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import type { RecipeDeps } from './deps.ts';
import { RunFailure } from './runFailure.ts';
import { phrase, said, saidBy } from '../../protocol/sentence.ts';
import type { NamedArrays, SavedModel, SavedState, TextFiles } from '../../protocol/savedState.ts';

export interface StartingPoint {
  readonly config: SavedModel['config'];
  readonly model: Model;
  readonly tokenizer: Tokenizer;
  /** Null for a model without one. */
  readonly template: ChatTemplate | null;
  readonly textFiles: TextFiles;
  readonly weights: NamedArrays;
  /** What goes on; null for a fresh start. */
  readonly resumed: SavedState | null;
}

export function trainingStart(config: SftConfig, deps: RecipeDeps, task: Task): StartingPoint {
  const { method, lora } = config.training;
  if (deps.resume) return resumedStart(config, deps.resume, deps.text);
  if (!isNewModel(config.model)) {
    const loaded = loadedStart(config, deps);
    return method === 'lora' ? withNewAdapters(loaded, lora, config.seed) : loaded;
  }
  const tokenizer = characterTokenizer(task.vocabulary);
  const modelConfig = decoderModelConfig(config.model, tokenizer.vocabularySize);
  const model = modelOf(modelConfig);
  const text = { tokenizer, template: null, textFiles: {} };
  return { config: modelConfig, model, ...text, weights: newWeights(model, config.seed), resumed: null };
}

/** A starting point with the weights that the policy is held against; null where no copy of them is needed. */
export interface PolicyStart extends StartingPoint {
  readonly reference: NamedArrays | null;
}

/** The reference is the model the run began with, also where it is continued; new adapters change nothing in it. */
export function policyStart(config: GrpoConfig | DpoConfig, deps: RecipeDeps): PolicyStart {
  const { method, lora } = config.training;
  const isHeld = isHeldAgainstCopy(config);
  if (deps.resume && !isHeld) return { ...resumedStart(config, deps.resume, deps.text), reference: null };
  const loaded = loadedStart(config, deps);
  const first = method === 'lora' ? withNewAdapters(loaded, lora, config.seed) : loaded;
  const start = deps.resume ? resumedStart(config, deps.resume, deps.text) : first;
  return { ...start, reference: isHeld ? first.weights : null };
}

function withNewAdapters(start: StartingPoint, lora: LoraConfig, seed: number): StartingPoint {
  const model = withAdapters(start.model, lora);
  const added = newWeights({ parameters: trainedParameters(model) }, seed);
  return { ...start, model, weights: { ...start.weights, ...added } };
}

/** Adapters go on from the frozen model they were trained on, not from the merged one. */
function resumedStart(
  { training: { method, lora } }: TrainingRunConfig,
  resumed: SavedState,
  text: ModelText | undefined,
): StartingPoint {
  const start = { ...loadedModel(resumed, text), resumed };
  const { adapter } = resumed;
  if ((method === 'lora') !== (adapter !== undefined))
    throw new RunFailure(
      'badCheckpoint',
      said`The run trains by "${method}", but its checkpoint of step ${resumed.step} holds ${phrase(adapter ? 'adapters' : 'no adapters')}.`,
      'Start a new run from this checkpoint.',
    );
  if (!adapter) return start;
  return { ...start, model: withAdapters(start.model, lora), weights: adaptedWeights(start.weights, adapter) };
}

export function loadedStart(config: RunConfig, deps: RecipeDeps): StartingPoint {
  if (!deps.model)
    throw new RunFailure(
      'badCheckpoint',
      said`The recipe ${config.recipe} needs the checkpoint that model.checkpoint names.`,
    );
  return { ...loadedModel(deps.model, deps.text), resumed: null };
}

/** A model may have more rows than its tokenizer has tokens: vocabularies are padded to round numbers. */
function loadedModel(
  { config, tokenizer: json, weights, textFiles = {} }: SavedModel,
  text: ModelText | undefined,
): Omit<StartingPoint, 'resumed'> {
  const model = modelOf(config);
  const { tokenizer, template } = text ?? { tokenizer: readTokenizer(json), template: null };
  if (tokenizer.vocabularySize > model.vocabSize)
    throw new RunFailure(
      'badCheckpoint',
      said`The tokenizer has ${tokenizer.vocabularySize} tokens, but config.json says vocab_size ${model.vocabSize}: the model has no numbers for some of them.`,
      'Bring config.json, weights and tokenizer of the same model.',
    );
  return { config, model, tokenizer, template, textFiles, weights };
}

/** Of a model that was made here. */
function readTokenizer(json: SavedModel['tokenizer']): Tokenizer {
  try {
    return characterTokenizerFrom(json);
  } catch (error) {
    throw new RunFailure('badCheckpoint', saidBy(error));
  }
}

/** Each weight has its own chances, so that a change of one shape leaves the others as they were. */
export function newWeights({ parameters }: Pick<Model, 'parameters'>, seed: number): NamedArrays {
  return Object.fromEntries(
    parameters.map(({ name, shape, init }) => {
      const values = new Float32Array(sizeOf(shape));
      if (init.kind === 'ones') values.fill(1);
      const source = randomSource(seed, `weights/${name}`);
      if (init.kind === 'normal') for (let i = 0; i < values.length; i++) values[i] = source.normal(i) * init.std;
      if (init.kind === 'uniform')
        for (let i = 0; i < values.length; i++) values[i] = (source.uniform(i) * 2 - 1) * init.bound;
      return [name, { shape, values }];
    }),
  );
}
