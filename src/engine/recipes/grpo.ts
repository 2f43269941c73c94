/**
 * Reinforcement learning with verifiable rewards after section 4 of the paper: groups of completions of one problem are graded,
 * and the policy moves towards those that beat their siblings (GRPO, arXiv 2402.03300), with Dr. GRPO, DAPO and RLOO as settings.
 * Deviations: problems are those of a task with its own grader, or of a file with the strict verifier; a rollout and all optimizer steps on it are one piece, between which runs
 * are measured, saved and stopped, so that a continued run repeats nothing and misses nothing.
 */
import { bucketOf } from '../../config/buckets.ts';
import { microBatchOf } from '../../config/memory.ts';
import {
  grpoEvaluationSteps,
  plannedGrpoSteps,
  promptRowsOf,
  stepsPerRollout,
  totalGrpoSteps,
} from '../../config/planGrpo.ts';
import type { GrpoConfig } from '../../config/schema.ts';
import type { Metrics, RunEvent } from '../../protocol/events.ts';
import { Decoder } from '../generation/decoder.ts';
import { policyObjective } from '../programs/policy.ts';
import { allocateReference, freeReference } from '../programs/state.ts';
import { permutation } from '../random/permutation.ts';
import { PolicyWatch } from '../rl/policyWatch.ts';
import type { RecipeDeps } from './deps.ts';
import { Inbox } from './inbox.ts';
import { Learner } from './learner.ts';
import { LogProbabilities } from './logProbabilities.ts';
import { LossScale } from './lossScale.ts';
import { materialName } from './material.ts';
import { MOST_SHAPES, paddedTo, policyLengths } from './policyLengths.ts';
import { policyMemory, slotsOf } from './policyMemory.ts';
import { type PolicyBatch, policyBatches, type PolicyBatchOptions } from './policyBatch.ts';
import { policyMaterial, type PolicyMaterial } from './policyMaterial.ts';
import { rollOut, roundsOf } from './rollout.ts';
import { ClippedShares, completionsShown, rolloutMetrics } from './rolloutTold.ts';
import { learningRateAt } from './schedule.ts';
import { runStarted } from './started.ts';
import { type PolicyStart, policyStart } from './startingPoint.ts';
import { toldStep } from './toldStep.ts';
import { limitsTold, memoryTold } from './trainingMemory.ts';
import { TrainingRun } from './trainingRun.ts';
import { Writer } from './writer.ts';

export async function* grpo(config: GrpoConfig, deps: RecipeDeps): AsyncGenerator<RunEvent> {
  const watch = new PolicyWatch();
  for (const event of deps.past?.() ?? []) watch.see(event);
  for await (const event of story(config, deps)) {
    yield event;
    yield* watch.see(event);
  }
}

async function* story(config: GrpoConfig, deps: RecipeDeps): AsyncGenerator<RunEvent> {
  const learning = yield* opened(config, deps);
  if (!learning) return yield { type: 'run.finished', reason: 'stopped' };
  yield* learning.run.train(() => learn(learning));
}

/** Null where someone asked to stop. */
async function* opened(config: GrpoConfig, deps: RecipeDeps): AsyncGenerator<RunEvent, Learning | null> {
  const start = policyStart(config, deps);
  const planned = plannedGrpoSteps(config);
  yield runStarted(config, deps, start.model, { task: materialName(config), ...planOf(config, planned) });
  const inbox = new Inbox(deps.takeRequests);
  yield {
    type: 'phase.changed',
    phase: 'preparing',
    detail: promptRowsOf(config) ? 'reading rows' : 'drawing problems',
  };
  const stepsFor = (problems: number): number => totalGrpoSteps(config, problems);
  const blocksFor = (problems: number): number => (stepsFor(problems) / stepsPerRollout(config)) * roundsOf(config);
  const material = yield* policyMaterial(config, start, { ...deps, inbox }, blocksFor);
  if (!material) return null;
  const totalSteps = stepsFor(material.prompts.size);
  if (totalSteps !== planned) yield { type: 'plan.changed', ...planOf(config, totalSteps) };
  const { memoryBytes, executor } = deps;
  if (memoryBytes !== undefined && executor.identity.executor === 'onnx')
    yield memoryTold(
      policyMemory(start.model, config, executor, material.prompts.longest),
      executor.identity.provider === 'webgpu' ? null : memoryBytes,
    );
  yield* limitsTold(start.model, config, executor, [bucketOf(longestOf(config, start, material.prompts.longest))]);
  yield { type: 'phase.changed', phase: 'compiling' };
  return open(config, deps, { start, inbox, material, totalSteps });
}

interface Opened {
  readonly start: PolicyStart;
  readonly inbox: Inbox;
  readonly material: PolicyMaterial;
  readonly totalSteps: number;
}

async function open(config: GrpoConfig, deps: RecipeDeps, given: Opened): Promise<Learning> {
  const { start, inbox, material, totalSteps } = given;
  const { judge, chatPrompt, dataHash } = material;
  const { tokenizer } = start;
  const decoder = new Decoder(deps.executor, start.model, slotsOf(config));
  const writer = new Writer({ decoder, tokenizer, judge, inbox, stream: deps.stream, chatPrompt });
  const learner = await openLearner(config, deps, start);
  const [policy, reference] = probabilities(config, deps, start, learner);
  const run = new TrainingRun({
    ...{ deps, start, inbox, decoder, writer, learner, benchmark: material, ...planOf(config, totalSteps) },
    ...{ config, free: [policy, ...(reference ? [reference, copyOf(start.model, deps)] : [])] },
    counters: () => (dataHash === null ? {} : { dataHash }),
  });
  const lengthFor = paddedTo(policyLengths(longestOf(config, start, material.prompts.longest)));
  const batches = { config, padToken: tokenizer.padToken, lengthFor, policy, reference };
  return { config, deps, run, inbox, writer, learner, batches, material, totalSteps };
}

async function openLearner(config: GrpoConfig, deps: RecipeDeps, start: PolicyStart): Promise<Learner> {
  const { model, weights, resumed, reference } = start;
  const { executor } = deps;
  const { epsilon, epsilonHigh = epsilon, beta } = config.policy;
  const objective = policyObjective({ epsilon, epsilonHigh, beta, temperature: config.rollout.temperature });
  const scale = new LossScale(executor.identity.precision === 'f16', resumed?.counters);
  const size = resumed?.counters['microBatchSize'] ?? microBatchOf(config);
  if (reference) await allocateReference(executor, model, reference);
  // What each token counts is in its weight, so nothing is divided.
  const goal = { objective, divisor: () => 1, mostShapes: MOST_SHAPES };
  return Learner.open(
    executor,
    model,
    weights,
    resumed?.optimizer ?? {},
    config.training,
    size,
    scale,
    'executor',
    goal,
  );
}

/** The reference, to be freed at the end. */
const copyOf = (model: PolicyStart['model'], { executor }: RecipeDeps) => ({
  dispose: () => freeReference(executor, model),
});

function probabilities(
  { rollout: { temperature }, policy: { beta } }: GrpoConfig,
  { executor }: RecipeDeps,
  { model }: PolicyStart,
  learner: Learner,
): [policy: LogProbabilities, reference: LogProbabilities | null] {
  const of = (isReference: boolean): LogProbabilities =>
    new LogProbabilities({
      ...{ executor, model, temperature, isReference, mostShapes: MOST_SHAPES },
      mostSequences: () => learner.microBatchSize,
    });
  return [of(false), beta === 0 ? null : of(true)];
}

interface Learning {
  readonly config: GrpoConfig;
  readonly deps: RecipeDeps;
  readonly run: TrainingRun;
  readonly inbox: Inbox;
  readonly writer: Writer;
  readonly learner: Learner;
  readonly batches: PolicyBatchOptions;
  readonly material: PolicyMaterial;
  readonly totalSteps: number;
}

/** One rollout, and the optimizer steps on it; none where someone asks to stop while it is sampled. */
async function* learn(learning: Learning): AsyncGenerator<RunEvent> {
  const { config, deps, run, inbox, writer, learner, batches, material, totalSteps } = learning;
  const { prompts, payingJudge: judge } = material;
  const [from, startedAt] = [run.step, deps.now()];
  const perRollout = stepsPerRollout(config);
  yield* run.enter('sampling');
  const rollout = yield* rollOut(writer, { config, prompts, judge, step: from, number: from / perRollout });
  if (!rollout) return;
  // Asked for meanwhile: the policy is still that of the last step, and a pause must not come between.
  if (inbox.takeSave()) yield* run.save('asked');
  const shown = completionsShown(rollout, from, config);
  yield shown;
  yield* run.enter('training');
  const told = rolloutMetrics(rollout, (deps.now() - startedAt) / 1000);
  const ready = await policyBatches(rollout.completions, batches);
  const order = permutation(Math.max(1, ready.length), config.seed, 'batches', from);
  // Where dynamic sampling found fewer groups than were asked for, the last steps are empty ones: nothing is learned twice.
  const filled = ready.length * config.policy.numIterations;
  const clipped = new ClippedShares();
  const epoch = ((from / perRollout + 1) * config.rollout.prompts) / prompts.size;
  for (let i = 0; i < perRollout; i++) {
    const batch = i < filled ? ready[order(i % ready.length)] : undefined;
    const step = from + i + 1;
    const learningRate = learningRateAt(step, totalSteps, config.training);
    const metrics = batch
      ? yield* policyStep(learner, batch, step, learningRate, clipped)
      : { learning_rate: learningRate };
    run.step = step;
    yield { type: 'step.finished', step, metrics: { ...metrics, epoch, ...(i === 0 && told) } };
  }
  yield clipped.told(shown);
}

/** Shares and sums are per token that is learned from. */
async function* policyStep(
  learner: Learner,
  batch: PolicyBatch,
  step: number,
  learningRate: number,
  clipped: ClippedShares,
): AsyncGenerator<RunEvent, Metrics> {
  const { metrics, sums, perSequence } = yield* toldStep(learner, [batch], step, learningRate);
  clipped.add(batch.completions, perSequence['clipped'] ?? []);
  const perToken = (name: string): number => (sums[name] ?? 0) / batch.labelled;
  return {
    ...metrics,
    ...('reference_log_probabilities' in batch.objectiveInputs && { kl: perToken('kl') }),
    'clip_ratio/low_mean': perToken('clipped_low'),
    'clip_ratio/high_mean': perToken('clipped_high'),
    logp_difference: perToken('log_ratio'),
  };
}

const planOf = (config: GrpoConfig, steps: number | null) => ({
  totalSteps: steps ?? 0,
  evaluationSteps: steps === null ? [] : grpoEvaluationSteps(config, steps),
});

/** What prompt and completion may take together. */
const longestOf = ({ rollout }: GrpoConfig, { model }: PolicyStart, prompt: number): number =>
  Math.min(model.maxPositions, prompt + rollout.maxNewTokens);
