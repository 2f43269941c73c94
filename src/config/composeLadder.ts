/** The configs of a ladder's trainings: each cell is an ordinary run that nobody wrote by hand. */
import type { TrainingKey } from '../protocol/ladder.ts';
import { MOST } from './fields.ts';
import {
  evaluateConfig,
  grpoConfig,
  sftConfig,
  type EvaluateConfig,
  type GrpoConfig,
  type LadderConfig,
  type SftConfig,
  type TaskConfig,
} from './schema.ts';

/** The model of a training is given to it, so this names none that is read. */
const given = { checkpoint: 'cells' } as const;

/** Section 2.3 of the paper: epochs and batch for each number of examples; one learning rate for all. */
const PAPER: readonly (readonly [size: number, epochs: number, batchSize: number])[] = [
  [8000, 4, 8],
  [16_000, 4, 16],
  [32_000, 4, 32],
  [64_000, 3, 64],
  [128_000, 3, 128],
  [220_000, 2, 128],
];
const PAPER_TRAINING = {
  maxSteps: undefined,
  gradientAccumulationSteps: 1,
  learningRate: 5e-5,
  lrSchedulerType: 'cosine',
  warmupRatio: 0.05,
} as const;
export const PAPER_SIZES: readonly number[] = PAPER.map(([size]) => size);

const styledTask = ({ task }: LadderConfig, trace: 'short' | 'long', isBase = false): TaskConfig =>
  task.name === 'arithmetic' ? { ...task, trace } : { ...task, trace, notesRate: isBase ? task.notesRate : 0 };

/** Makes the base from scratch, or measures the one that is given. */
export function composeBase(config: LadderConfig): SftConfig | EvaluateConfig {
  const { base } = config;
  const task = styledTask(config, 'short', true);
  if (!('model' in base))
    return evaluateConfig.parse({
      ...shared(config),
      recipe: 'evaluate',
      model: base,
      task,
      // Nobody looks at the tokens of a rung one by one.
      evaluation: { ...config.evaluation, alternatives: 0 },
    });
  return sftConfig.parse({
    ...shared(config),
    recipe: 'sft',
    model: base.model,
    task,
    data: { problems: base.problems },
    training: base.training,
    ...measured(config),
  });
}

/** Fine-tuning on long traces, or on short ones of the same problems. */
export const composeSft = (config: LadderConfig, { stage, size, seed }: TrainingKey): SftConfig =>
  sftConfig.parse({
    ...shared(config),
    recipe: 'sft',
    seed: seedOf(config, size, seed) + DRAWS_OF_RUNGS,
    model: given,
    task: styledTask(config, stage === 'short' ? 'short' : 'long'),
    data: { problems: size },
    training: scheduled(config, size),
    ...measured(config),
  });

export function composeGrpo(config: LadderConfig, { size, seed }: TrainingKey): GrpoConfig {
  const { grpo } = config;
  if (!grpo) throw new Error('A ladder without `grpo` has no reinforcement learning to compose.');
  const { problems, everySteps, rollout, rewards, policy, training } = grpo;
  const { evaluation, ...rest } = measured(config);
  return grpoConfig.parse({
    ...shared(config),
    recipe: 'grpo',
    seed: seedOf(config, size, seed) + DRAWS_OF_GRPO,
    model: given,
    task: styledTask(config, 'long'),
    data: { problems },
    ...{ rollout, rewards, policy, training },
    checkpoints: rest.checkpoints,
    evaluation: { ...evaluation, everySteps },
  });
}

/** The config of a training by its stage. */
export const composeTraining = (config: LadderConfig, key: TrainingKey): SftConfig | GrpoConfig | EvaluateConfig =>
  key.stage === 'base'
    ? composeBase(config)
    : key.stage === 'grpo'
      ? composeGrpo(config, key)
      : composeSft(config, key);

const shared = ({ device, executor, provider, threads, seed }: LadderConfig) => ({
  ...{ device, executor, provider, threads, seed },
});

/** Measured at its end alone, and not looked at on the way: every training as every other. */
const measured = ({ evaluation, checkpoints }: LadderConfig) => ({
  evaluation: { ...evaluation, atStart: false, everySteps: MOST },
  sampling: { everySteps: MOST },
  checkpoints,
});

/** Added to the seed, so that the base, the rungs and reinforcement learning draw their problems apart from each other. */
const [DRAWS_OF_RUNGS, DRAWS_OF_GRPO] = [1e15, 2e15];

/** Problems are drawn in the order of the seed: the same one makes every rung the beginning of the next. */
const seedOf = ({ subsets }: LadderConfig, size: number, seed: number): number =>
  subsets === 'nested' ? seed : seed + size * 1_000_003;

/** What differs from `training` is filled in by the schema. */
function scheduled({ schedule, training, rungs }: LadderConfig, size: number): Partial<SftConfig['training']> {
  switch (schedule) {
    case 'controlled':
      return training;
    case 'paper': {
      const [, epochs, batchSize] = PAPER.find(([known]) => known === size) ?? [];
      return epochs && batchSize ? { ...training, ...PAPER_TRAINING, epochs, batchSize } : training;
    }
    case 'custom': {
      const {
        epochs,
        maxSteps,
        batchSize = training.batchSize,
        learningRate = training.learningRate,
      } = rungs.find((one) => one.size === size) ?? training;
      const length = maxSteps === undefined && epochs === undefined ? training : { maxSteps, epochs };
      return { ...training, maxSteps: length.maxSteps, epochs: length.epochs, batchSize, learningRate };
    }
    default:
      return schedule satisfies never;
  }
}
