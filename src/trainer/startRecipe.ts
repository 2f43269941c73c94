/** From a config to the generator of its recipe. */
import type { RunConfig } from '../config/schema.ts';
import type { RecipeDeps } from '../engine/recipes/deps.ts';
import { recipes } from '../engine/recipes/index.ts';
import type { RunEvent } from '../protocol/events.ts';

export function startRecipe(config: RunConfig, deps: RecipeDeps): AsyncGenerator<RunEvent, void> {
  switch (config.recipe) {
    case 'sft':
      return recipes.sft(config, deps);
    case 'evaluate':
      return recipes.evaluate(config, deps);
    case 'sample':
      return recipes.sample(config, deps);
    default:
      return config satisfies never;
  }
}
