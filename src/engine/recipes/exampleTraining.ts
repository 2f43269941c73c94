/** The story of recipes that learn examples which are given: rows are read, learned batch by batch, and looked at on the way. */
import { microBatchOf } from '../../config/memory.ts';
import { evaluationSteps, plannedSteps, rowsOf, totalSteps } from '../../config/plan.ts';
import type { ExampleRunConfig } from '../../config/schema.ts';
import type { Completion, Metrics, RunEvent } from '../../protocol/events.ts';
import { Decoder } from '../generation/decoder.ts';
import type { Batch } from './batch.ts';
import type { RecipeDeps } from './deps.ts';
import type { HeldOutScores } from './heldOutPasses.ts';
import { Inbox } from './inbox.ts';
import { type Goal, Learner, type Step } from './learner.ts';
import { LossScale } from './lossScale.ts';
import { type Material, materialName, trainingMaterial } from './material.ts';
import { learningRateAt } from './schedule.ts';
import { runStarted } from './started.ts';
import type { StartingPoint } from './startingPoint.ts';
import { toldStep } from './toldStep.ts';
import { TrainingData } from './trainingData.ts';
import { TrainingRun } from './trainingRun.ts';
import { limitsTold, memoryTold, trainingMemory } from './trainingMemory.ts';
import { completionSeed, Writer } from './writer.ts';

/** What a recipe makes of the examples in its own way. */
export interface Lesson {
  readonly goal: Goal;
  /** Adds what the objective asks for beside the tokens. */
  readonly complete: (batch: Batch) => Promise<Batch>;
  /** Of a step, beside those that every step has. */
  readonly metrics: (sums: Step['sums'], batches: readonly Batch[]) => Metrics;
  /** How held-out examples are measured; by their loss if left out. */
  readonly heldOutScores?: HeldOutScores;
  /** What is to be freed at the end. */
  readonly free: readonly { dispose(): Promise<void> }[];
}

export interface ExampleTraining<Start extends StartingPoint> {
  readonly start: () => Start;
  /** Called before the executor owns the weights that are started from. `passSize`: of a pass, as the learner has it at the moment. */
  readonly lesson: (start: Start, passSize: () => number) => Promise<Lesson>;
}

export async function* exampleTraining<Start extends StartingPoint>(
  config: ExampleRunConfig,
  deps: RecipeDeps,
  training: ExampleTraining<Start>,
): AsyncGenerator<RunEvent> {
  const learning = yield* opened(config, deps, training);
  if (!learning) return yield { type: 'run.finished', reason: 'stopped' };
  yield* learning.run.train(() => learn(learning));
}

/** What a step is made with. */
interface Learning {
  readonly config: ExampleRunConfig;
  readonly deps: RecipeDeps;
  readonly material: Material;
  readonly data: TrainingData;
  readonly inbox: Inbox;
  readonly learner: Learner;
  readonly lesson: Lesson;
  readonly writer: Writer;
  readonly run: TrainingRun;
  /** Optimizer steps in all. */
  readonly steps: number;
  /** What has been learned from. */
  readonly seen: { tokens: number };
}

/** A generator of its own, so that nobody looks at the weights it starts from when training begins: they are the executor's. Null where someone asked to stop. */
async function* opened<Start extends StartingPoint>(
  config: ExampleRunConfig,
  deps: RecipeDeps,
  training: ExampleTraining<Start>,
): AsyncGenerator<RunEvent, Learning | null> {
  const start = training.start();
  const planned = plannedSteps(config);
  yield runStarted(config, deps, start.model, { task: materialName(config), ...planOf(config, planned) });
  const inbox = new Inbox(deps.takeRequests);
  yield {
    type: 'phase.changed',
    phase: 'preparing',
    detail: rowsOf(config) ? 'reading rows' : 'drawing problems',
  };
  const material = yield* trainingMaterial(config, start, { ...deps, inbox });
  if (!material) return null;
  const steps = totalSteps(config, material.training.size);
  if (planned === null) yield { type: 'plan.changed', ...planOf(config, steps) };

  const data = trainingData(config, start, material);
  const { memoryBytes, executor } = deps;
  if (memoryBytes !== undefined && executor.identity.executor === 'onnx')
    yield memoryTold(
      trainingMemory(start.model, config, executor, data.firstLengths()),
      executor.identity.provider === 'webgpu' ? null : memoryBytes,
    );
  yield* limitsTold(start.model, config, executor, data.firstLengths());
  yield { type: 'phase.changed', phase: 'compiling' };
  const { judge, chatPrompt, dataHash } = material;
  const { batchSize, samplesPerProblem, problems } = config.evaluation;
  const decoder = new Decoder(executor, start.model, Math.min(batchSize, problems * samplesPerProblem));
  const writer = new Writer({ decoder, tokenizer: start.tokenizer, judge, inbox, stream: deps.stream, chatPrompt });
  let learner: Learner | null = null;
  const lesson = await training.lesson(start, () => learner?.microBatchSize ?? microBatchOf(config));
  learner = await openLearner(config, deps, start, lesson.goal);
  const { heldOutScores, free } = lesson;
  const seen = { tokens: start.resumed?.counters['tokensSeen'] ?? 0 };
  const run = new TrainingRun({
    ...{ config, deps, start, benchmark: material, inbox, learner, decoder, writer, free },
    ...(heldOutScores && { heldOutScores }),
    ...{ totalSteps: steps, evaluationSteps: evaluationSteps(config, steps) },
    counters: () => ({ tokensSeen: seen.tokens, ...(dataHash === null ? {} : { dataHash }) }),
  });
  return { config, deps, material, data, inbox, learner, lesson, writer, run, steps, seen };
}

const planOf = (config: ExampleRunConfig, steps: number | null) => ({
  totalSteps: steps ?? 0,
  evaluationSteps: steps === null ? [] : evaluationSteps(config, steps),
});

function openLearner(
  config: ExampleRunConfig,
  { executor }: RecipeDeps,
  { model, weights, resumed }: StartingPoint,
  goal: Goal,
): Promise<Learner> {
  const { training } = config;
  const size = resumed?.counters['microBatchSize'] ?? microBatchOf(config);
  const scale = new LossScale(executor.identity.precision === 'f16', resumed?.counters);
  const optimizer = resumed?.optimizer ?? {};
  return Learner.open(executor, model, weights, optimizer, training, size, scale, 'executor', goal);
}

/** One optimizer step, with a look at completions where one is due. */
async function* learn(learning: Learning): AsyncGenerator<RunEvent> {
  const { config, deps, material, data, inbox, learner, lesson, run, steps, seen } = learning;
  const { gradientAccumulationSteps: passes, batchSize } = config.training;
  yield* run.enter('training');
  // A run that was paused at that event, and asked for something since, does that first.
  inbox.look();
  if (!inbox.isEmpty) return;
  const startedAt = deps.now();
  const step = run.step + 1;
  const batches: Batch[] = [];
  for (let pass = 0; pass < passes; pass++) batches.push(await lesson.complete(data.batch(run.step * passes + pass)));
  const learningRate = learningRateAt(step, steps, config.training);
  const { metrics: common, sums } = yield* toldStep(learner, batches, step, learningRate);
  const tokens = batches.reduce((sum, batch) => sum + batch.tokens, 0);
  const seconds = (deps.now() - startedAt) / 1000;
  run.step = step;
  seen.tokens += tokens;
  const metrics: Metrics = {
    ...common,
    ...lesson.metrics(sums, batches),
    tokens_per_second: seconds > 0 ? tokens / seconds : null,
    num_tokens: seen.tokens,
    epoch: (step * passes * batchSize) / material.training.size,
  };
  const lengths = step % config.sampling.everySteps === 0 ? yield* lookAtCompletions(learning) : {};
  yield { type: 'step.finished', step, metrics: { ...metrics, ...lengths } };
}

async function* lookAtCompletions({ config, material, writer, run }: Learning): AsyncGenerator<RunEvent, Metrics> {
  yield* run.enter('sampling');
  const { completions: count, ...settings } = config.sampling;
  const { looks } = material;
  const { step } = run;
  let asked = 0;
  const next = () => {
    if (asked >= count || looks.size === 0) return null;
    const index = asked++;
    const question = looks.at((step * count + index) % looks.size);
    const seed = completionSeed(config.seed, 'training', step, index);
    return writer.ask(`${step}-training-${index}`, step, question, { ...settings, seed });
  };
  const seen: Completion[] = [];
  for await (const { completions, events } of writer.write(step, next)) {
    seen.push(...completions);
    yield* events;
  }
  if (seen.length > 0) yield { type: 'completions.sampled', step, purpose: 'training', completions: seen };
  yield* run.enter('training');
  return seen.length === count ? lengthMetrics(seen) : {};
}

function trainingData(
  { seed, training }: ExampleRunConfig,
  { tokenizer: { padToken } }: StartingPoint,
  { training: examples }: Material,
): TrainingData {
  const isPacked = 'packing' in training && training.packing;
  return new TrainingData({ examples, seed, batchSize: training.batchSize, padToken, isPacked });
}

const lengthMetrics = (completions: readonly Completion[]): Metrics => ({
  'completions/mean_length': completions.reduce((sum, { tokens }) => sum + tokens, 0) / completions.length,
  'completions/clipped_ratio':
    completions.filter(({ finishReason }) => finishReason === 'length').length / completions.length,
});
