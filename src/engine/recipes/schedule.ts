/** The learning rate of each step: up in a straight line, then down as the config says. */
import { warmupSteps } from '../../config/plan.ts';
import type { TrainingConfig } from '../../config/schema.ts';

type Schedule = Pick<TrainingConfig, 'learningRate' | 'lrSchedulerType' | 'minLearningRateRatio' | 'warmupRatio'>;

/** `step` counts from 1 to `steps`; no step learns at a rate of 0. */
export function learningRateAt(step: number, steps: number, training: Schedule): number {
  const { learningRate, lrSchedulerType, minLearningRateRatio } = training;
  const warmup = warmupSteps(training, steps);
  if (step <= warmup) return (learningRate * step) / warmup;
  const progress = (step - 1 - warmup) / (steps - warmup);
  switch (lrSchedulerType) {
    case 'constant':
      return learningRate;
    case 'linear':
      return learningRate * (1 - (1 - minLearningRateRatio) * progress);
    case 'cosine':
      return (
        learningRate * (minLearningRateRatio + (1 - minLearningRateRatio) * 0.5 * (1 + Math.cos(Math.PI * progress)))
      );
    default:
      return lrSchedulerType satisfies never;
  }
}
