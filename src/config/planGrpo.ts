/** What a config of `grpo` amounts to, in numbers. */
import type { GrpoConfig } from './schema.ts';

/** Completions of one rollout. */
export const completionsPerRollout = ({ rollout }: Pick<GrpoConfig, 'rollout'>): number =>
  rollout.prompts * rollout.numGenerations;

/** Optimizer steps between two rollouts, at least 1; a rollout of fewer completions than a batch is one step. */
export const stepsPerRollout = (config: Pick<GrpoConfig, 'rollout' | 'training' | 'policy'>): number =>
  Math.ceil(completionsPerRollout(config) / config.training.batchSize) * config.policy.numIterations;

/** In whole rollouts: `maxSteps` rounded up if given, else those of `epochs` passes over so many problems (1 if that is left out too). */
export function totalGrpoSteps(config: GrpoConfig, problems = config.data.problems): number {
  const { maxSteps, epochs = 1 } = config.training;
  const perRollout = stepsPerRollout(config);
  const rollouts = maxSteps === undefined ? (epochs * problems) / config.rollout.prompts : maxSteps / perRollout;
  return Math.max(1, Math.ceil(rollouts)) * perRollout;
}

/** Each due step rounded up to the end of a rollout, as a model is measured only there. Ascending, no step twice. */
export function grpoEvaluationSteps(config: GrpoConfig, problems = config.data.problems): number[] {
  const { everySteps, atStart } = config.evaluation;
  const [last, perRollout] = [totalGrpoSteps(config, problems), stepsPerRollout(config)];
  const due = Array.from({ length: Math.ceil(last / everySteps) - 1 }, (_, index) => (index + 1) * everySteps);
  const steps = due.map((step) => Math.ceil(step / perRollout) * perRollout);
  return [...new Set([...(atStart ? [0] : []), ...steps, last])];
}
