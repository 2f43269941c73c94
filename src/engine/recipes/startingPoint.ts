/** Where a recipe begins: a new model, a given one, or the state a run was left in. */
import { isNewModel } from '../../config/plan.ts';
import type { RunConfig, SftConfig } from '../../config/schema.ts';
import { sizeOf } from '../graph/graph.ts';
import { decoderModelConfig } from '../families/decoder.ts';
import type { Model } from '../families/family.ts';
import { modelOf } from '../families/index.ts';
import { randomSource } from '../random/randomSource.ts';
import type { Task } from '../tasks/task.ts';
import { characterTokenizer, characterTokenizerFrom } from '../tokenizer/characterTokenizer.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import type { NamedArrays, RecipeDeps, SavedModel, SavedState } from './deps.ts';
import { RunFailure } from './runFailure.ts';

export interface StartingPoint {
  readonly config: SavedModel['config'];
  readonly model: Model;
  readonly tokenizer: Tokenizer;
  readonly weights: NamedArrays;
  /** What goes on; null for a fresh start. */
  readonly resumed: SavedState | null;
}

export function trainingStart(config: SftConfig, deps: RecipeDeps, task: Task): StartingPoint {
  if (deps.resume) return { ...loadedModel(deps.resume), resumed: deps.resume };
  if (!isNewModel(config.model)) return loadedStart(config, deps);
  const tokenizer = characterTokenizer(task.vocabulary);
  const modelConfig = decoderModelConfig(config.model, tokenizer.vocabularySize);
  const model = modelOf(modelConfig);
  return { config: modelConfig, model, tokenizer, weights: newWeights(model, config.seed), resumed: null };
}

export function loadedStart(config: RunConfig, deps: RecipeDeps): StartingPoint {
  if (!deps.model)
    throw new RunFailure(
      'badCheckpoint',
      `The recipe ${config.recipe} needs the checkpoint that model.checkpoint names.`,
    );
  return { ...loadedModel(deps.model), resumed: null };
}

function loadedModel({ config, tokenizer, weights }: SavedModel): Omit<StartingPoint, 'resumed'> {
  const model = modelOf(config);
  const reader = readTokenizer(tokenizer);
  if (reader.vocabularySize !== model.vocabSize)
    throw new RunFailure(
      'badCheckpoint',
      `The tokenizer has ${reader.vocabularySize} tokens, but config.json says vocab_size ${model.vocabSize}.`,
    );
  return { config, model, tokenizer: reader, weights };
}

function readTokenizer(json: SavedModel['tokenizer']): Tokenizer {
  try {
    return characterTokenizerFrom(json);
  } catch (error) {
    throw new RunFailure('badCheckpoint', error instanceof Error ? error.message : String(error));
  }
}

/** Each weight has its own chances, so that a change of one shape leaves the others as they were. */
export function newWeights(model: Model, seed: number): NamedArrays {
  return Object.fromEntries(
    model.parameters.map(({ name, shape, init }) => {
      const values = new Float32Array(sizeOf(shape));
      if (init.kind === 'ones') values.fill(1);
      if (init.kind === 'normal') {
        const source = randomSource(seed, `weights/${name}`);
        for (let i = 0; i < values.length; i++) values[i] = source.normal(i) * init.std;
      }
      return [name, { shape, values }];
    }),
  );
}
