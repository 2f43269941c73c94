/**
 * Supervised fine-tuning: the model learns to write given chains of thought, and is looked at, measured and saved on the way.
 * After sections 2.2-2.3 of the paper (AdamW, cosine with warm-up, loss on the completion); traces are rows of a file, or
 * made here from a task.
 */
import type { SftConfig } from '../../config/schema.ts';
import type { RunEvent } from '../../protocol/events.ts';
import { taskOf } from '../tasks/index.ts';
import type { RecipeDeps } from './deps.ts';
import { exampleTraining, type Lesson } from './exampleTraining.ts';
import { languageGoal } from './learner.ts';
import { trainingStart } from './startingPoint.ts';

export const sft = (config: SftConfig, deps: RecipeDeps): AsyncGenerator<RunEvent> =>
  exampleTraining(config, deps, {
    start: () => trainingStart(config, deps, taskOf(config.task)),
    lesson: () => Promise.resolve(lesson),
  });

const lesson: Lesson = {
  goal: languageGoal,
  complete: (batch) => Promise.resolve(batch),
  metrics: () => ({}),
  free: [],
};
