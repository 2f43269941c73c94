/** The first event of every recipe. */
import type { ModelRunConfig } from '../../config/schema.ts';
import type { RunStarted } from '../../protocol/events.ts';
import type { Model } from '../families/family.ts';
import { parameterCount } from '../families/index.ts';
import type { RecipeDeps } from './deps.ts';

/** `runtime` and the name of the resumed checkpoint are filled in by the trainer, which knows them. */
export const runStarted = (
  config: ModelRunConfig,
  { executor, resume }: RecipeDeps,
  model: Model,
  plan: Pick<RunStarted, 'task' | 'totalSteps' | 'evaluationSteps'>,
): RunStarted => ({
  type: 'run.started',
  recipe: config.recipe,
  name: config.name ?? '',
  parameters: parameterCount(model),
  executor: executor.identity,
  runtime: { version: '', foundBy: 'cli' },
  ...plan,
  ...(resume ? { resumedFrom: { step: resume.step, checkpoint: '' } } : {}),
});
