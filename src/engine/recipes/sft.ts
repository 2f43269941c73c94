/**
 * Supervised fine-tuning: the model learns to write given chains of thought, and is looked at, measured and saved on the way.
 * After sections 2.2-2.3 of the paper (AdamW, cosine with warm-up, loss on the completion); traces are rows of a file, or
 * made here from a task.
 */
import { microBatchOf } from '../../config/memory.ts';
import { evaluationSteps, modelSource, plannedSteps, rowsOf, totalSteps } from '../../config/plan.ts';
import type { SftConfig } from '../../config/schema.ts';
import type { CheckpointSaved, Completion, Metrics, Phase, RunEvent, Score } from '../../protocol/events.ts';
import { Decoder } from '../generation/decoder.ts';
import { taskOf } from '../tasks/index.ts';
import type { RecipeDeps } from './deps.ts';
import { freeAfter } from './freeAfter.ts';
import { Inbox } from './inbox.ts';
import { Learner } from './learner.ts';
import { LossScale } from './lossScale.ts';
import { type Material, materialName, trainingMaterial } from './material.ts';
import { measureAll } from './measure.ts';
import { learningRateAt } from './schedule.ts';
import { runStarted } from './started.ts';
import { type StartingPoint, trainingStart } from './startingPoint.ts';
import { TrainingData } from './trainingData.ts';
import { limitsTold, memoryTold, trainingMemory } from './trainingMemory.ts';
import { completionSeed, Writer } from './writer.ts';
import { logged } from '../../protocol/logged.ts';
import { said } from '../../protocol/sentence.ts';

export async function* sft(config: SftConfig, deps: RecipeDeps): AsyncGenerator<RunEvent> {
  const session = yield* opened(config, deps);
  if (!session) return yield { type: 'run.finished', reason: 'stopped' };
  const evaluations = evaluationSteps(config, session.steps);
  let failure: unknown = null;
  try {
    for (;;) {
      if (evaluations.includes(session.step) && session.evaluatedStep < session.step) yield* session.evaluate();
      session.inbox.look();
      if (session.inbox.isStopping || session.step === session.steps) break;
      if (session.isSaveDue()) yield* session.save('planned');
      // Asked for while paused: what is pulled next must be the next wish, not a step.
      if (session.inbox.takeSave()) yield* session.save('asked');
      else if (session.inbox.hasSamples) yield* session.answer();
      else yield* session.learn();
    }
    const isDone = session.step === session.steps && session.evaluatedStep === session.steps;
    yield* session.save(isDone ? 'final' : 'stopping');
    yield { type: 'run.finished', reason: isDone ? 'completed' : 'stopped' };
  } catch (error) {
    failure = error;
    throw error;
  } finally {
    await freeAfter(session, failure);
  }
}

/** A generator of its own, so that the weights it starts from are gone when training begins: the executor has its copy. Null where someone asked to stop. */
async function* opened(config: SftConfig, deps: RecipeDeps): AsyncGenerator<RunEvent, Session | null> {
  const start = trainingStart(config, deps, taskOf(config.task));
  const planned = plannedSteps(config);
  yield runStarted(config, deps, start.model, { task: materialName(config), ...planOf(config, planned) });
  const inbox = new Inbox(deps.takeRequests);
  yield phase('preparing', rowsOf(config) ? 'reading rows' : 'drawing problems');
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
  yield phase('compiling');
  return Session.open({ config, deps, start, material, data, inbox, steps });
}

const planOf = (config: SftConfig, steps: number | null) => ({
  totalSteps: steps ?? 0,
  evaluationSteps: steps === null ? [] : evaluationSteps(config, steps),
});

/** What a session is made of. */
interface SessionParts {
  readonly config: SftConfig;
  readonly deps: RecipeDeps;
  readonly start: StartingPoint;
  readonly material: Material;
  readonly data: TrainingData;
  readonly inbox: Inbox;
  /** Optimizer steps in all. */
  readonly steps: number;
}

/** The run between two events: what is open, how far it is, and what it can do next. */
class Session {
  readonly inbox: Inbox;
  /** Optimizer steps in all. */
  readonly steps: number;
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
  private readonly start: Pick<StartingPoint, 'config' | 'model' | 'tokenizer' | 'textFiles'>;
  private readonly material: Material;
  private readonly learner: Learner;
  private readonly decoder: Decoder;
  private readonly writer: Writer;
  private readonly data: TrainingData;

  private constructor({ config, deps, start, material, data, inbox, steps }: SessionParts, learner: Learner) {
    const { model, tokenizer, textFiles, resumed } = start;
    const { judge, chatPrompt } = material;
    const { batchSize, samplesPerProblem, problems: asked } = config.evaluation;
    this.config = config;
    this.deps = deps;
    this.start = { config: start.config, model, tokenizer, textFiles };
    this.material = material;
    this.learner = learner;
    this.steps = steps;
    this.step = resumed?.step ?? 0;
    this.savedStep = this.step;
    this.savedAt = deps.now();
    this.evaluatedStep = resumed?.counters['evaluatedStep'] ?? -1;
    this.tokensSeen = resumed?.counters['tokensSeen'] ?? 0;
    this.inbox = inbox;
    this.decoder = new Decoder(deps.executor, model, Math.min(batchSize, asked * samplesPerProblem));
    this.writer = new Writer({ decoder: this.decoder, tokenizer, judge, inbox, stream: deps.stream, chatPrompt });
    this.data = data;
  }

  static async open(parts: SessionParts): Promise<Session> {
    const { config, deps, start } = parts;
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
    );
    return new Session(parts, learner);
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
    const learningRate = learningRateAt(step, this.config, this.steps);
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
      epoch: (step * passes * batchSize) / this.material.training.size,
      ...(this.learner.scale.isOn && { loss_scale: lossScale, skipped_steps: this.learner.scale.skippedSteps }),
    };
    const seen = step % this.config.sampling.everySteps === 0 ? yield* this.lookAtCompletions() : {};
    yield { type: 'step.finished', step, metrics: { ...metrics, ...seen } };
  }

  /** Measures what is held out; ends without a score where someone asked to stop. */
  async *evaluate(): AsyncGenerator<RunEvent> {
    yield* this.enter('evaluating');
    const instruments = { ...this.start, executor: this.deps.executor, writer: this.writer, inbox: this.inbox };
    const events = measureAll(instruments, this.material, this.config.evaluation, this.step);
    try {
      for (;;) {
        const { value, done } = await events.next();
        if (done) return this.keepScore(value);
        yield value;
        if (!this.inbox.takeSave()) continue;
        yield* this.save('asked');
        yield* this.enter('evaluating');
      }
    } finally {
      await events.return(null);
    }
  }

  /** Writes what people asked for. */
  async *answer(): AsyncGenerator<RunEvent> {
    yield* this.enter('sampling');
    for await (const { events } of this.writer.write(this.step, () => null)) yield* events;
  }

  async *save(cause: CheckpointSaved['cause']): AsyncGenerator<RunEvent> {
    yield* this.enter('saving');
    const { config, tokenizer, textFiles } = this.start;
    const { dataHash } = this.material;
    const { microBatchSize } = this.learner;
    const counters = {
      tokensSeen: this.tokensSeen,
      evaluatedStep: this.evaluatedStep,
      ...(microBatchSize < microBatchOf(this.config) ? { microBatchSize } : {}),
      ...(dataHash === null ? {} : { dataHash }),
      ...this.learner.scale.counters,
    };
    const state = {
      config,
      tokenizer: tokenizer.toJson(),
      textFiles,
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
    const { looks } = this.material;
    const step = this.step;
    let asked = 0;
    const next = () => {
      if (asked >= count || looks.size === 0) return null;
      const index = asked++;
      const question = looks.at((step * count + index) % looks.size);
      const seed = completionSeed(this.config.seed, 'training', step, index);
      return this.writer.ask(`${step}-training-${index}`, step, question, { ...settings, seed });
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
    this.score = comparable(scores[0]);
  }

  private async *enter(next: Phase): AsyncGenerator<RunEvent> {
    if (this.phase !== next) yield phase(next);
    this.phase = next;
  }
}

const trainingData = (
  { seed, training: { batchSize, packing: isPacked } }: SftConfig,
  { tokenizer: { padToken } }: StartingPoint,
  { training: examples }: Material,
): TrainingData => new TrainingData({ examples, seed, batchSize, padToken, isPacked });

/** The headline as a number of which more is better: a loss with a minus. */
function comparable(headline: Score | undefined): number | null {
  if (!headline || !Number.isFinite(headline.value)) return null;
  return headline.unit === 'nats' ? -headline.value : headline.value;
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
