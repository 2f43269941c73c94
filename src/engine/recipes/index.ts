/** All recipes that compute with a model, by the name a config gives them. */
import type { ModelRunConfig } from '../../config/schema.ts';
import type { RunEvent } from '../../protocol/events.ts';
import type { RecipeDeps } from './deps.ts';
import { dpo } from './dpo.ts';
import { evaluate } from './evaluate.ts';
import { grpo } from './grpo.ts';
import { sample } from './sample.ts';
import { sft } from './sft.ts';

type Recipes = {
  readonly [Name in ModelRunConfig['recipe']]: (
    config: Extract<ModelRunConfig, { readonly recipe: Name }>,
    deps: RecipeDeps,
  ) => AsyncGenerator<RunEvent>;
};

export const recipes: Recipes = { sft, grpo, dpo, evaluate, sample };

/** The recipe that a config asks for, ready to be pulled. */
export function recipeOf(config: ModelRunConfig, deps: RecipeDeps): AsyncGenerator<RunEvent> {
  switch (config.recipe) {
    case 'sft':
      return recipes.sft(config, deps);
    case 'grpo':
      return recipes.grpo(config, deps);
    case 'dpo':
      return recipes.dpo(config, deps);
    case 'evaluate':
      return recipes.evaluate(config, deps);
    case 'sample':
      return recipes.sample(config, deps);
    default:
      return config satisfies never;
  }
}
