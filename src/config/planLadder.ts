/** What a config of `ladder` amounts to: its trainings in the order of work, its cells, and what they cost. */
import { crc32 } from '../protocol/crc32.ts';
import {
  type CellKey,
  type LadderEvaluation,
  type LadderPlan,
  type LadderStage,
  type LadderTraining,
  type TrainingKey,
  trainingName,
} from '../protocol/ladder.ts';
import { composeBase, composeGrpo, composeSft } from './composeLadder.ts';
import { exampleLengths } from './lengths.ts';
import { sequencesPerStep, totalSteps } from './plan.ts';
import { completionsPerRollout, grpoEvaluationSteps, totalGrpoSteps } from './planGrpo.ts';
import type { LadderConfig, SftConfig } from './schema.ts';

type Sized = Omit<LadderTraining, 'firstStep'>;

/** Names of the model that all rungs start from. */
const baseKey = ({ seed }: LadderConfig): TrainingKey => ({ stage: 'base', size: 0, seed });

/** All trainings, each after the one that it starts from; first the ends of the ladder, then its middle, then reinforcement learning. */
export function ladderTrainings(config: LadderConfig): LadderTraining[] {
  const { sizes, seeds, shortControl, grpo } = config;
  const stages: readonly LadderStage[] = shortControl ? ['sft', 'short'] : ['sft'];
  const rungs = fromTheEnds(sizes).flatMap((size) =>
    seeds.flatMap((seed) => stages.map((stage) => sftTraining(config, { stage, size, seed }))),
  );
  const starts = grpo ? fromTheEnds(grpo.from) : [];
  const policies = starts.flatMap((size) =>
    (grpo?.seeds ?? seeds.slice(0, 1)).map((seed) => grpoTraining(config, { stage: 'grpo', size, seed })),
  );
  return withFirstSteps(chosen([baseTraining(config), ...rungs, ...policies], config));
}

/** `only` and what those start from; all without it. The steps of the whole ladder are counted in any case. */
export function chosenTrainings(
  { trainings }: Pick<LadderPlan, 'trainings'>,
  only: readonly string[],
): LadderTraining[] {
  if (only.length === 0) return [...trainings];
  const wanted = new Set(only);
  for (const { name, from } of trainings.toReversed()) if (from !== null && wanted.has(name)) wanted.add(from);
  return trainings.filter(({ name }) => wanted.has(name));
}

export function planLadder(config: LadderConfig, model: string): LadderPlan {
  const trainings = ladderTrainings(config);
  const evaluations = [ladderEvaluation(config)];
  return {
    model,
    isAnalogue: 'model' in config.base,
    ...{ schedule: config.schedule, subsets: config.subsets, sizes: config.sizes, seeds: config.seeds },
    evaluations,
    trainings,
    cells: trainings.flatMap((training) => cellsOf(config, training, model, evaluations)),
  };
}

/** Optimizer steps after which a training is measured. */
export function measuredSteps(config: LadderConfig, training: LadderTraining): readonly number[] {
  return training.stage === 'grpo'
    ? grpoEvaluationSteps(composeGrpo(config, training), training.steps)
    : [training.steps];
}

const cellsOf = (
  config: LadderConfig,
  training: LadderTraining,
  model: string,
  evaluations: readonly LadderEvaluation[],
): CellKey[] => {
  const { stage, size, seed } = training;
  return measuredSteps(config, training).flatMap((step) =>
    evaluations.map(({ id }) => ({ model, size, seed, stage, step, evaluation: id })),
  );
};

function ladderEvaluation({ task, evaluation }: LadderConfig): LadderEvaluation {
  const { problems, samplesPerProblem, temperature, topP, topK, maxNewTokens, stop, seed } = evaluation;
  const settings = { problems, samplesPerProblem, temperature, topP, topK, maxNewTokens, seed };
  const benchmark = `${task.name}/${task.level}`;
  return { id: `${benchmark} ${crc32(JSON.stringify({ ...settings, stop }))}`, benchmark, ...settings };
}

/** Smallest, largest, then always the middle of the widest gap. */
export function fromTheEnds<T>(ascending: readonly T[]): T[] {
  const last = ascending.length - 1;
  const order = last > 0 ? [0, last] : [0];
  for (const gaps = [[0, last]]; gaps.length > 0;) {
    const [low = 0, high = 0] = gaps.shift() ?? [];
    const middle = Math.floor((low + high) / 2);
    if (middle === low || middle === high) continue;
    order.push(middle);
    gaps.push([low, middle], [middle, high]);
  }
  return order.flatMap((place) => ascending[place] ?? []);
}

function baseTraining(config: LadderConfig): Sized {
  const key = baseKey(config);
  const base = composeBase(config);
  if (base.recipe === 'sft') return learned(key, null, base, base.data);
  return { ...key, name: trainingName(key), from: null, ...NOTHING };
}

const NOTHING = { examples: 0, epochs: 0, batchSize: 0, learningRate: 0, steps: 0, tokens: 0 } as const;

const sftTraining = (config: LadderConfig, key: TrainingKey): Sized => {
  const sft = composeSft(config, key);
  return learned(key, trainingName(baseKey(config)), sft, sft.data);
};

function learned(key: TrainingKey, from: string | null, sft: SftConfig, data: SftConfig['data']): Sized {
  const examples = 'problems' in data ? data.problems : 0;
  const [steps, batchSize] = [totalSteps(sft, examples), sequencesPerStep(sft)];
  return {
    ...key,
    name: trainingName(key),
    from,
    ...{ examples, batchSize, steps },
    epochs: (steps * batchSize) / examples,
    learningRate: sft.training.learningRate,
    tokens: steps * batchSize * exampleLengths(sft.task).middle,
  };
}

function grpoTraining(config: LadderConfig, key: TrainingKey): Sized {
  const grpo = composeGrpo(config, key);
  const problems = config.grpo?.problems ?? 0;
  const steps = totalGrpoSteps(grpo, problems);
  const { batchSize, learningRate } = grpo.training;
  const start = key.size === 0 ? baseKey(config) : { ...key, stage: 'sft' as const };
  return {
    ...key,
    name: trainingName(key),
    from: trainingName(start),
    ...{ examples: problems, batchSize, learningRate, steps },
    epochs: (steps * batchSize) / (completionsPerRollout(grpo) * (problems / grpo.rollout.prompts)),
    tokens: steps * batchSize * exampleLengths(grpo.task).middle,
  };
}

/** No training twice, and none whose start is missing. */
const chosen = (trainings: readonly Sized[], { sizes, seeds }: LadderConfig): readonly Sized[] =>
  trainings.filter(
    ({ stage, size, seed }) => stage !== 'grpo' || size === 0 || (sizes.includes(size) && seeds.includes(seed)),
  );

function withFirstSteps(trainings: readonly Sized[]): LadderTraining[] {
  let firstStep = 0;
  return trainings.map((training) => {
    const placed = { ...training, firstStep };
    firstStep += training.steps;
    return placed;
  });
}
