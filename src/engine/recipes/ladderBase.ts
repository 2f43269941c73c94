/** What is known of a ladder's base before it is there. */
import type { LadderConfig } from '../../config/schema.ts';
import { composeBase } from '../../config/composeLadder.ts';
import { decoderModelConfig } from '../families/decoder.ts';
import { modelOf, parameterCount } from '../families/index.ts';
import { taskOf } from '../tasks/index.ts';
import { characterTokenizer } from '../tokenizer/characterTokenizer.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import type { LadderDeps } from './ladderDeps.ts';
import { loadedStart } from './startingPoint.ts';

export interface BaseFacts {
  /** Tells ladders of different models apart. */
  readonly name: string;
  readonly parameters: number;
  readonly tokenizer: Tokenizer;
}

export function baseFacts(config: LadderConfig, { base: readBase, text }: LadderDeps): BaseFacts {
  const { base } = config;
  if (!('model' in base)) {
    const start = loadedStart({ recipe: 'ladder' }, { model: readBase?.() ?? null, text });
    const source = 'path' in base ? base.path : base.checkpoint;
    return { name: lastPart(source), parameters: parameterCount(start.model), tokenizer: start.tokenizer };
  }
  const tokenizer = characterTokenizer(taskOf(composeBase(config).task).vocabulary);
  const parameters = parameterCount(modelOf(decoderModelConfig(base.model, tokenizer.vocabularySize)));
  return { name: `${base.model.family}-${Math.round(parameters / 1000)}k`, parameters, tokenizer };
}

const lastPart = (path: string): string => path.split(/[\\/]/).findLast((part) => part !== '' && part !== '.') ?? path;
