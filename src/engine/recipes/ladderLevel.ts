/** Whether the level of a task has as many problems as a ladder asks for. */
import { composeBase, composeTraining } from '../../config/composeLadder.ts';
import type { LadderConfig } from '../../config/schema.ts';
import type { LadderPlan, LadderStage } from '../../protocol/ladder.ts';
import { said } from '../../protocol/sentence.ts';
import { taskOf } from '../tasks/index.ts';
import { problemSet } from './problemSet.ts';
import { RunFailure } from './runFailure.ts';

/** The key that says how many problems a stage has; the control has those of its rung. */
const KEYS: Readonly<Record<LadderStage, string>> = {
  base: 'base.problems',
  sft: 'sizes',
  short: 'sizes',
  grpo: 'grpo.problems',
};

/**
 * All cells are measured on the same problems, and a training that has fewer than the plan says would be another training.
 * Throws `badConfig`.
 */
export function refuseShortLevel(config: LadderConfig, plan: Pick<LadderPlan, 'trainings'>): void {
  const { evaluation } = config;
  // The style of the traces changes no problem.
  const task = taskOf(composeBase(config).task);
  const lines = [
    ...trainedSets(config, plan).map(({ key, seed, asked }) => ({
      ...{ key, asked },
      has: problemSet(task, 'train', seed, asked).size,
    })),
    {
      key: 'evaluation.problems',
      asked: evaluation.problems,
      has: problemSet(task, 'heldOut', evaluation.seed, evaluation.problems).size,
    },
  ];
  for (const { key, asked, has } of lines)
    if (has < asked)
      throw new RunFailure(
        'badConfig',
        said`${key} asks for ${asked} problems, but the task ${task.name} has only ${has} that differ.`,
        'Ask for fewer, or choose another level of the task.',
      );
}

interface TrainedSet {
  readonly key: string;
  readonly seed: number;
  readonly asked: number;
}

/** Of what is drawn by one seed the largest: the others are its beginnings. */
function trainedSets(config: LadderConfig, { trainings }: Pick<LadderPlan, 'trainings'>): TrainedSet[] {
  const sets = new Map<number, TrainedSet>();
  for (const training of trainings) {
    const own = composeTraining(config, training);
    if (own.recipe === 'evaluate' || !('problems' in own.data)) continue;
    const set = { key: KEYS[training.stage], seed: own.seed, asked: own.data.problems };
    if (set.asked > (sets.get(own.seed)?.asked ?? 0)) sets.set(own.seed, set);
  }
  return [...sets.values()];
}
