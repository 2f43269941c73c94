/**
 * Supervised fine-tuning: the model learns to write the task's own chains of thought, and is looked at, measured and
 * saved on the way. After sections 2.2-2.3 of the paper (AdamW, cosine with warm-up, loss on the completion);
 * problems, traces and model are made here instead of taken from a data set and a pretrained model.
 */
import { microBatchOf } from '../../config/memory.ts';
import { evaluationSteps, modelSource, totalSteps } from '../../config/plan.ts';
import type { SftConfig } from '../../config/schema.ts';
import type { CheckpointSaved, Completion, Metrics, Phase, RunEvent, Score } from '../../protocol/events.ts';
import { Decoder } from '../generation/decoder.ts';
import { taskOf } from '../tasks/index.ts';
import type { RecipeDeps } from './deps.ts';
import { freeAfter } from './freeAfter.ts';
import { Inbox } from './inbox.ts';
import { Learner } from './learner.ts';
import { LossScale } from './lossScale.ts';
import { measure } from './measure.ts';
import { type ProblemSet, problemSet } from './problemSet.ts';
import { learningRateAt } from './schedule.ts';
import { runStarted } from './started.ts';
import { type StartingPoint, trainingStart } from './startingPoint.ts';
import { TrainingData } from './trainingData.ts';
import { limitsTold, memoryTold, trainingMemory } from './trainingMemory.ts';
import { completionSeed, Writer } from './writer.ts';
import { logged } from '../../protocol/logged.ts';
import { said } from '../../protocol/sentence.ts';

export async function* sft(config: SftConfig, deps: RecipeDeps): AsyncGenerator<RunEvent> {
  const steps = totalSteps(config);
  const evaluations = evaluationSteps(config);
  const { session, heldOut } = yield* opened(config, deps);
  let failure: unknown = null;
  try {
    for (;;) {
      if (evaluations.includes(session.step) && session.evaluatedStep < session.step) yield* session.evaluate(heldOut);
      session.inbox.look();
      if (session.inbox.isStopping || session.step === steps) break;
      if (session.isSaveDue()) yield* session.save('planned');
      // Asked for while paused: what is pulled next must be the next wish, not a step.
      if (session.inbox.takeSave()) yield* session.save('asked');
      else if (session.inbox.hasSamples) yield* session.answer();
      else yield* session.learn();
    }
    const isDone = session.step === steps && session.evaluatedStep === steps;
    yield* session.save(isDone ? 'final' : 'stopping');
    yield { type: 'run.finished', reason: isDone ? 'completed' : 'stopped' };
  } catch (error) {
    failure = error;
    throw error;
  } finally {
    await freeAfter(session, failure);
  }
}

/** A generator of its own, so that nobody looks at the weights it starts from when training begins: they are the executor's. */
async function* opened(
  config: SftConfig,
  deps: RecipeDeps,
): AsyncGenerator<RunEvent, { readonly session: Session; readonly heldOut: ProblemSet }> {
  const task = taskOf(config.task);
  const start = trainingStart(config, deps, task);
  const totals = { totalSteps: totalSteps(config), evaluationSteps: evaluationSteps(config) };
  yield runStarted(config, deps, start.model, { task: task.name, ...totals });
  yield phase('preparing', 'drawing problems');
  const problems = problemSet(task, 'train', config.seed, config.data.problems);
  const heldOut = problemSet(task, 'heldOut', config.evaluation.seed, config.evaluation.problems);
  yield* shortage(config, problems, heldOut);

  const data = trainingData(config, start, problems);
  const { memoryBytes, executor } = deps;
  if (memoryBytes !== undefined && executor.identity.executor === 'onnx')
    yield memoryTold(
      trainingMemory(start.model, config, executor, data.firstLengths()),
      executor.identity.provider === 'webgpu' ? null : memoryBytes,
    );
  yield* limitsTold(start.model, config, executor, data.firstLengths());
  yield phase('compiling');
  return { session: await Session.open(config, deps, start, problems, data), heldOut };
}

/** The run between two events: what is open, how far it is, and what it can do next. */
class Session {
  readonly inbox: Inbox;
  /** Optimizer steps done. */
  step: number;
  /** Step of the newest finished evaluation; -1 before the first. */
  evaluatedStep: number;
  private tokensSeen: number;
  private score: number | null = null;
  private savedStep: number;
  private savedAt: number;
  private phase: Phase = 'compiling';

  private readonly config: SftConfig;
  private readonly deps: RecipeDeps;
  private readonly start: Pick<StartingPoint, 'config' | 'tokenizer'>;
  private readonly problems: ProblemSet;
  private readonly learner: Learner;
  private readonly decoder: Decoder;
  private readonly writer: Writer;
  private readonly data: TrainingData;

  private constructor(
    config: SftConfig,
    deps: RecipeDeps,
    start: StartingPoint,
    problems: ProblemSet,
    data: TrainingData,
    learner: Learner,
  ) {
    const { model, tokenizer, resumed } = start;
    const task = taskOf(config.task);
    const { batchSize, samplesPerProblem, problems: asked } = config.evaluation;
    this.config = config;
    this.deps = deps;
    this.start = { config: start.config, tokenizer };
    this.problems = problems;
    this.learner = learner;
    this.step = resumed?.step ?? 0;
    this.savedStep = this.step;
    this.savedAt = deps.now();
    this.evaluatedStep = resumed?.counters['evaluatedStep'] ?? -1;
    this.tokensSeen = resumed?.counters['tokensSeen'] ?? 0;
    this.inbox = new Inbox(deps.takeRequests);
    this.decoder = new Decoder(deps.executor, model, Math.min(batchSize, asked * samplesPerProblem));
    this.writer = new Writer({ decoder: this.decoder, tokenizer, task, inbox: this.inbox, stream: deps.stream });
    this.data = data;
  }

  static async open(
    config: SftConfig,
    deps: RecipeDeps,
    start: StartingPoint,
    problems: ProblemSet,
    data: TrainingData,
  ): Promise<Session> {
    const { model, weights, resumed } = start;
    const size = resumed?.counters['microBatchSize'] ?? microBatchOf(config);
    const { executor } = deps;
    const scale = new LossScale(executor.identity.precision === 'f16', resumed?.counters);
    const learner = await Learner.open(
      executor,
      model,
      weights,
      resumed?.optimizer ?? {},
      config.training,
      size,
      scale,
      'executor',
    );
    return new Session(config, deps, start, problems, data, learner);
  }

  /** One optimizer step, with a look at completions where one is due. */
  async *learn(): AsyncGenerator<RunEvent> {
    const { gradientAccumulationSteps: passes, batchSize } = this.config.training;
    yield* this.enter('training');
    // A run that was paused at that event, and asked for something since, does that first.
    this.inbox.look();
    if (!this.inbox.isEmpty) return;
    const startedAt = this.deps.now();
    const step = this.step + 1;
    const batches = Array.from({ length: passes }, (_, pass) => this.data.batch(this.step * passes + pass));
    const learningRate = learningRateAt(step, this.config);
    const before = this.learner.microBatchSize;
    const { value: lossScale } = this.learner.scale;
    const { loss, gradNorm } = await this.learner.step(batches, step, learningRate);
    if (gradNorm === null) yield overflowed(step, lossScale, this.learner.scale.value);
    if (this.learner.microBatchSize < before) yield shrunk(before, this.learner.microBatchSize, step);
    const tokens = batches.reduce((sum, batch) => sum + batch.tokens, 0);
    const seconds = (this.deps.now() - startedAt) / 1000;
    this.step = step;
    this.tokensSeen += tokens;
    const metrics: Metrics = {
      loss,
      learning_rate: learningRate,
      grad_norm: gradNorm,
      tokens_per_second: seconds > 0 ? tokens / seconds : null,
      num_tokens: this.tokensSeen,
      epoch: (step * passes * batchSize) / this.problems.size,
      ...(this.learner.scale.isOn && { loss_scale: lossScale, skipped_steps: this.learner.scale.skippedSteps }),
    };
    const seen = step % this.config.sampling.everySteps === 0 ? yield* this.lookAtCompletions() : {};
    yield { type: 'step.finished', step, metrics: { ...metrics, ...seen } };
  }

  /** Answers held-out problems; ends without a score where someone asked to stop. */
  async *evaluate(heldOut: ProblemSet): AsyncGenerator<RunEvent> {
    yield* this.enter('evaluating');
    const { name } = taskOf(this.config.task);
    const events = measure(this.writer, heldOut, this.config.evaluation, name, this.step);
    for (;;) {
      const { value, done } = await events.next();
      if (done) {
        this.keepScore(value);
        return;
      }
      yield value;
      if (!this.inbox.takeSave()) continue;
      yield* this.save('asked');
      yield* this.enter('evaluating');
    }
  }

  /** Writes what people asked for. */
  async *answer(): AsyncGenerator<RunEvent> {
    yield* this.enter('sampling');
    for await (const { events } of this.writer.write(this.step, () => null)) yield* events;
  }

  async *save(cause: CheckpointSaved['cause']): AsyncGenerator<RunEvent> {
    yield* this.enter('saving');
    const { config, tokenizer } = this.start;
    const { microBatchSize } = this.learner;
    const counters = {
      tokensSeen: this.tokensSeen,
      evaluatedStep: this.evaluatedStep,
      ...(microBatchSize < microBatchOf(this.config) ? { microBatchSize } : {}),
      ...this.learner.scale.counters,
    };
    const state = {
      config,
      tokenizer: tokenizer.toJson(),
      step: this.step,
      counters,
      ...(await this.learner.state(modelSource(this.config.model))),
    };
    yield* await this.deps.save(state, cause, this.evaluatedStep === this.step ? this.score : null);
    this.savedStep = this.step;
    this.savedAt = this.deps.now();
  }

  /** By the plan: after so many steps, or after so many minutes of work. Never twice at one step. */
  isSaveDue(): boolean {
    const { everySteps, everyMinutes } = this.config.checkpoints;
    if (this.step === this.savedStep) return false;
    return this.step % everySteps === 0 || this.deps.now() - this.savedAt >= everyMinutes * 60_000;
  }

  async dispose(): Promise<void> {
    await this.decoder.dispose();
    await this.learner.dispose();
  }

  private async *lookAtCompletions(): AsyncGenerator<RunEvent, Metrics> {
    yield* this.enter('sampling');
    const { completions: count, ...settings } = this.config.sampling;
    const step = this.step;
    let asked = 0;
    const next = () => {
      if (asked >= count) return null;
      const index = asked++;
      const problem = this.problems.at((step * count + index) % this.problems.size);
      const seed = completionSeed(this.config.seed, 'training', step, index);
      return this.writer.ask(`${step}-training-${index}`, step, problem, { ...settings, seed });
    };
    const seen: Completion[] = [];
    for await (const { completions, events } of this.writer.write(step, next)) {
      seen.push(...completions);
      yield* events;
    }
    if (seen.length > 0) yield { type: 'completions.sampled', step, purpose: 'training', completions: seen };
    yield* this.enter('training');
    return seen.length === count ? lengthMetrics(seen) : {};
  }

  private keepScore(scores: readonly Score[] | null): void {
    if (!scores) return;
    this.evaluatedStep = this.step;
    this.score = scores[0]?.value ?? null;
  }

  private async *enter(next: Phase): AsyncGenerator<RunEvent> {
    if (this.phase !== next) yield phase(next);
    this.phase = next;
  }
}

function trainingData(config: SftConfig, { model, tokenizer }: StartingPoint, problems: ProblemSet): TrainingData {
  const { batchSize, completionOnlyLoss } = config.training;
  const shape = { problems, seed: config.seed, batchSize, completionOnlyLoss, maxLength: model.maxPositions };
  return new TrainingData({ task: taskOf(config.task), tokenizer, ...shape });
}

const shrunk = (before: number, now: number, step: number): RunEvent =>
  logged(
    'warning',
    said`Memory ran out at step ${step}: a pass now takes ${now} sequences instead of ${before}. The steps stay the same; set training.microBatchSize to ${now} to start that way.`,
  );

const overflowed = (step: number, before: number, now: number): RunEvent =>
  logged(
    'info',
    said`Step ${step} was skipped: at the loss scale ${before} its gradient does not fit 16 bits. The weights stayed as they were; the scale is ${now} now.`,
  );

const phase = (name: Phase, detail?: string): RunEvent => ({
  type: 'phase.changed',
  phase: name,
  ...(detail === undefined ? {} : { detail }),
});

const lengthMetrics = (completions: readonly Completion[]): Metrics => ({
  'completions/mean_length': completions.reduce((sum, { tokens }) => sum + tokens, 0) / completions.length,
  'completions/clipped_ratio':
    completions.filter(({ finishReason }) => finishReason === 'length').length / completions.length,
});

/** Says so where a level has fewer problems than the config asks for. */
function* shortage({ task, data, evaluation }: SftConfig, train: ProblemSet, heldOut: ProblemSet): Generator<RunEvent> {
  const lines = [
    { asked: data.problems, has: train.size, key: 'data.problems' },
    { asked: evaluation.problems, has: heldOut.size, key: 'evaluation.problems' },
  ];
  for (const { asked, has, key } of lines) {
    if (has >= asked) continue;
    const told = said`${key} asks for ${asked} problems, but the level ${task.level} has only ${has} that differ; all of them are used.`;
    yield logged('warning', told);
  }
}
