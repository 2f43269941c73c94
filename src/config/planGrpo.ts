/** What a config of `grpo` amounts to, in numbers. */
import type { GrpoConfig, PromptRowsConfig } from './schema.ts';

/** Completions of one rollout. */
export const completionsPerRollout = ({ rollout }: Pick<GrpoConfig, 'rollout'>): number =>
  rollout.prompts * rollout.numGenerations;

/** Optimizer steps between two rollouts, at least 1; a rollout of fewer completions than a batch is one step. */
export const stepsPerRollout = (config: Pick<GrpoConfig, 'rollout' | 'training' | 'policy'>): number =>
  Math.ceil(completionsPerRollout(config) / config.training.batchSize) * config.policy.numIterations;

/** What `data` says of a file of problems; null where those of a task are asked. */
export const promptRowsOf = ({ data }: Pick<GrpoConfig, 'data'>): PromptRowsConfig | null =>
  'path' in data ? data : null;

/** In whole rollouts: `maxSteps` rounded up if given, else those of `epochs` passes over so many problems (1 if that is left out too). */
export function totalGrpoSteps(config: GrpoConfig, problems: number): number {
  const { maxSteps, epochs = 1 } = config.training;
  const perRollout = stepsPerRollout(config);
  const rollouts = maxSteps === undefined ? (epochs * problems) / config.rollout.prompts : maxSteps / perRollout;
  return Math.max(1, Math.ceil(rollouts)) * perRollout;
}

/** The same as far as the config alone tells; null where it depends on how many problems a file has. */
export function plannedGrpoSteps(config: GrpoConfig): number | null {
  if ('problems' in config.data) return totalGrpoSteps(config, config.data.problems);
  return config.training.maxSteps === undefined ? null : totalGrpoSteps(config, 0);
}

/** Of so many steps, each due one rounded up to the end of a rollout, as a model is measured only there. Ascending, no step twice. */
export function grpoEvaluationSteps(config: GrpoConfig, steps: number): number[] {
  const { everySteps, atStart } = config.evaluation;
  const perRollout = stepsPerRollout(config);
  const due = Array.from({ length: Math.ceil(steps / everySteps) - 1 }, (_, index) => (index + 1) * everySteps);
  const rounded = due.map((step) => Math.ceil(step / perRollout) * perRollout);
  return [...new Set([...(atStart ? [0] : []), ...rounded, steps])];
}
