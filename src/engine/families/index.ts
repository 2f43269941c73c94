/** All model families. */
import { ExecutorError } from '../executorError.ts';
import { sizeOf } from '../graph/graph.ts';
import { decoder } from './decoder.ts';
import type { Family, Model, ModelConfig, Parameter } from './family.ts';
import { said } from '../../protocol/sentence.ts';

export const families: readonly Family[] = [decoder];

/** The family that `model_type` names. Throws ExecutorError `badCheckpoint` for one that is not known. */
export const familyOf = (config: ModelConfig): Family => {
  const family = families.find(({ modelType }) => modelType === config.model_type);
  if (family) return family;
  throw new ExecutorError(
    'badCheckpoint',
    said`config.json of the model: model_type is ${JSON.stringify(config.model_type)}, which this version does not know.`,
    said`Known are: ${families.map(({ modelType }) => modelType).join(', ')}.`,
  );
};

export const modelOf = (config: ModelConfig): Model => familyOf(config).parse(config);

/** The parameters that training changes. */
export const trainedParameters = ({ parameters }: Pick<Model, 'parameters'>): readonly Parameter[] =>
  parameters.filter(({ isFrozen }) => !isFrozen);

/** Numbers that are learned. */
export const parameterCount = (model: Model): number =>
  trainedParameters(model).reduce((count, { shape }) => count + sizeOf(shape), 0);
