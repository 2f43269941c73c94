/**
 * Supervised fine-tuning: the model learns to write given chains of thought, and is looked at, measured and saved on the way.
 * After sections 2.2-2.3 of the paper (AdamW, cosine with warm-up, loss on the completion); traces are rows of a file, or
 * made here from a task.
 */
import { microBatchOf } from '../../config/memory.ts';
import { evaluationSteps, plannedSteps, rowsOf, totalSteps } from '../../config/plan.ts';
import type { SftConfig } from '../../config/schema.ts';
import type { Completion, Metrics, RunEvent } from '../../protocol/events.ts';
import { Decoder } from '../generation/decoder.ts';
import { taskOf } from '../tasks/index.ts';
import type { RecipeDeps } from './deps.ts';
import { Inbox } from './inbox.ts';
import { Learner } from './learner.ts';
import { LossScale } from './lossScale.ts';
import { type Material, materialName, trainingMaterial } from './material.ts';
import { learningRateAt } from './schedule.ts';
import { runStarted } from './started.ts';
import { type StartingPoint, trainingStart } from './startingPoint.ts';
import { toldStep } from './toldStep.ts';
import { TrainingData } from './trainingData.ts';
import { TrainingRun } from './trainingRun.ts';
import { limitsTold, memoryTold, trainingMemory } from './trainingMemory.ts';
import { completionSeed, Writer } from './writer.ts';

export async function* sft(config: SftConfig, deps: RecipeDeps): AsyncGenerator<RunEvent> {
  const learning = yield* opened(config, deps);
  if (!learning) return yield { type: 'run.finished', reason: 'stopped' };
  yield* learning.run.train(() => learn(learning));
}

/** What a step is made with. */
interface Learning {
  readonly config: SftConfig;
  readonly deps: RecipeDeps;
  readonly material: Material;
  readonly data: TrainingData;
  readonly inbox: Inbox;
  readonly learner: Learner;
  readonly writer: Writer;
  readonly run: TrainingRun;
  /** Optimizer steps in all. */
  readonly steps: number;
  /** What has been learned from. */
  readonly seen: { tokens: number };
}

/** A generator of its own, so that nobody looks at the weights it starts from when training begins: they are the executor's. Null where someone asked to stop. */
async function* opened(config: SftConfig, deps: RecipeDeps): AsyncGenerator<RunEvent, Learning | null> {
  const start = trainingStart(config, deps, taskOf(config.task));
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
  const learner = await openLearner(config, deps, start);
  const seen = { tokens: start.resumed?.counters['tokensSeen'] ?? 0 };
  const run = new TrainingRun({
    ...{ config, deps, start, benchmark: material, inbox, learner, decoder, writer },
    ...{ totalSteps: steps, evaluationSteps: evaluationSteps(config, steps) },
    counters: () => ({ tokensSeen: seen.tokens, ...(dataHash === null ? {} : { dataHash }) }),
  });
  return { config, deps, material, data, inbox, learner, writer, run, steps, seen };
}

const planOf = (config: SftConfig, steps: number | null) => ({
  totalSteps: steps ?? 0,
  evaluationSteps: steps === null ? [] : evaluationSteps(config, steps),
});

function openLearner(config: SftConfig, { executor }: RecipeDeps, start: StartingPoint): Promise<Learner> {
  const { model, weights, resumed } = start;
  const size = resumed?.counters['microBatchSize'] ?? microBatchOf(config);
  const scale = new LossScale(executor.identity.precision === 'f16', resumed?.counters);
  return Learner.open(executor, model, weights, resumed?.optimizer ?? {}, config.training, size, scale, 'executor');
}

/** One optimizer step, with a look at completions where one is due. */
async function* learn(learning: Learning): AsyncGenerator<RunEvent> {
  const { config, deps, material, data, inbox, learner, run, steps, seen } = learning;
  const { gradientAccumulationSteps: passes, batchSize } = config.training;
  yield* run.enter('training');
  // A run that was paused at that event, and asked for something since, does that first.
  inbox.look();
  if (!inbox.isEmpty) return;
  const startedAt = deps.now();
  const step = run.step + 1;
  const batches = Array.from({ length: passes }, (_, pass) => data.batch(run.step * passes + pass));
  const learningRate = learningRateAt(step, steps, config.training);
  const { metrics: common } = yield* toldStep(learner, batches, step, learningRate);
  const tokens = batches.reduce((sum, batch) => sum + batch.tokens, 0);
  const seconds = (deps.now() - startedAt) / 1000;
  run.step = step;
  seen.tokens += tokens;
  const metrics: Metrics = {
    ...common,
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

const trainingData = (
  { seed, training: { batchSize, packing: isPacked } }: SftConfig,
  { tokenizer: { padToken } }: StartingPoint,
  { training: examples }: Material,
): TrainingData => new TrainingData({ examples, seed, batchSize, padToken, isPacked });

const lengthMetrics = (completions: readonly Completion[]): Metrics => ({
  'completions/mean_length': completions.reduce((sum, { tokens }) => sum + tokens, 0) / completions.length,
  'completions/clipped_ratio':
    completions.filter(({ finishReason }) => finishReason === 'length').length / completions.length,
});
