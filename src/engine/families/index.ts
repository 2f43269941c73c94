/** All model families. */
import { nearest } from '../../config/nearest.ts';
import { ExecutorError } from '../executorError.ts';
import { sizeOf } from '../graph/graph.ts';
import type { Architecture } from './architecture.ts';
import { decoder } from './decoder.ts';
import type { Family, Model, ModelConfig, Parameter } from './family.ts';
import { gemma3Text } from './gemma3_text.ts';
import { llama } from './llama.ts';
import { qwen2 } from './qwen2.ts';
import { qwen3 } from './qwen3.ts';
import { transformer } from './transformer.ts';
import { said, saidTogether, type Sentence } from '../../protocol/sentence.ts';
import { shown } from '../../protocol/shown.ts';

export const families: readonly Family[] = [decoder, gemma3Text, llama, qwen2, qwen3];

/** The family that `model_type` names. Throws ExecutorError `badCheckpoint` for one that is not known. */
export const familyOf = (config: ModelConfig): Family => {
  const family = families.find(({ modelType }) => modelType === config.model_type);
  if (family) return family;
  throw new ExecutorError(
    'badCheckpoint',
    said`config.json of the model: model_type is ${shown(config.model_type)}, which this version does not know.`,
    remedyFor(config.model_type),
  );
};

const remedyFor = (modelType: string): Sentence => {
  const names = families.map((family) => family.modelType);
  const meant = nearest(modelType, names) ?? names.find((name) => name.startsWith(modelType) && modelType !== '');
  const known = said`Known are: ${names.join(', ')}.`;
  return meant === undefined ? known : saidTogether([said`Did you mean ${JSON.stringify(meant)}?`, known]);
};

/** Throws ExecutorError `badCheckpoint` naming the key and value that cannot be. */
export const architectureOf = (config: ModelConfig): Architecture => familyOf(config).describe(config);

/** Throws as `architectureOf` does. */
export const modelOf = (config: ModelConfig): Model => transformer(architectureOf(config));

/** config.json as other programs read it, for weights in a format that it names. */
export const publishedConfig = (config: ModelConfig, dtype: string): ModelConfig => {
  const { architecture, published = (own) => own } = familyOf(config);
  const { torch_dtype: _, ...rest } = published(config);
  return { architectures: [architecture], ...rest, dtype };
};

/** The parameters that training changes. */
export const trainedParameters = ({ parameters }: Pick<Model, 'parameters'>): readonly Parameter[] =>
  parameters.filter(({ isFrozen }) => !isFrozen);

/** Numbers that are learned. */
export const parameterCount = (model: Model): number =>
  trainedParameters(model).reduce((count, { shape }) => count + sizeOf(shape), 0);
