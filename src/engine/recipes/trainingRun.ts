/** What every recipe that trains does beside its steps: it measures, answers people, saves when it is time, and ends in order. */
import { microBatchOf } from '../../config/memory.ts';
import { modelSource } from '../../config/plan.ts';
import type { TrainingRunConfig } from '../../config/schema.ts';
import type { CheckpointSaved, Phase, RunEvent, Score } from '../../protocol/events.ts';
import type { Decoder } from '../generation/decoder.ts';
import type { RecipeDeps } from './deps.ts';
import { freeAfter } from './freeAfter.ts';
import type { HeldOutScores } from './heldOutPasses.ts';
import type { Inbox } from './inbox.ts';
import type { Learner } from './learner.ts';
import type { Measured } from './material.ts';
import { measureAll } from './measure.ts';
import type { StartingPoint } from './startingPoint.ts';
import type { Writer } from './writer.ts';

export interface TrainingRunOptions {
  readonly config: Pick<TrainingRunConfig, 'model' | 'evaluation' | 'checkpoints'> & {
    readonly training: Pick<TrainingRunConfig['training'], 'batchSize' | 'microBatchSize'>;
  };
  readonly deps: RecipeDeps;
  readonly start: Pick<StartingPoint, 'config' | 'model' | 'tokenizer' | 'textFiles' | 'resumed'>;
  readonly benchmark: Measured;
  /** How held-out examples are measured; by their loss if left out. */
  readonly heldOutScores?: HeldOutScores;
  readonly totalSteps: number;
  readonly evaluationSteps: readonly number[];
  readonly inbox: Inbox;
  readonly learner: Learner;
  readonly decoder: Decoder;
  readonly writer: Writer;
  /** What is to be freed at the end beside learner and decoder. */
  readonly free?: readonly { dispose(): Promise<void> }[];
  /** What a continued run of this recipe needs besides. */
  readonly counters: () => Readonly<Record<string, number>>;
}

export class TrainingRun {
  /** Optimizer steps done. */
  step: number;
  private evaluatedStep: number;
  private score: number | null = null;
  private savedStep: number;
  private savedAt: number;
  private phase: Phase = 'compiling';
  private readonly options: TrainingRunOptions;

  constructor(options: TrainingRunOptions) {
    const { deps, start } = options;
    // The weights it started from are not held: they are the executor's.
    const { config, model, tokenizer, textFiles, resumed } = start;
    this.options = { ...options, start: { config, model, tokenizer, textFiles, resumed: null } };
    this.step = resumed?.step ?? 0;
    this.savedStep = this.step;
    this.savedAt = deps.now();
    this.evaluatedStep = resumed?.counters['evaluatedStep'] ?? -1;
  }

  /** The whole story: `learn` makes one optimizer step, or several that belong together, each time it is called. */
  async *train(learn: () => AsyncGenerator<RunEvent>): AsyncGenerator<RunEvent> {
    const { inbox, totalSteps, evaluationSteps } = this.options;
    let failure: unknown = null;
    try {
      for (;;) {
        if (evaluationSteps.includes(this.step) && this.evaluatedStep < this.step) yield* this.evaluate();
        inbox.look();
        if (inbox.isStopping || this.step === totalSteps) break;
        if (this.isSaveDue()) yield* this.save('planned');
        // Asked for while paused: what is pulled next must be the next wish, not a step.
        if (inbox.takeSave()) yield* this.save('asked');
        else if (inbox.hasSamples) yield* this.answer();
        else yield* learn();
      }
      const isDone = this.step === totalSteps && this.evaluatedStep === totalSteps;
      yield* this.save(isDone ? 'final' : 'stopping');
      yield { type: 'run.finished', reason: isDone ? 'completed' : 'stopped' };
    } catch (error) {
      failure = error;
      throw error;
    } finally {
      await freeAfter(this, failure);
    }
  }

  async *enter(next: Phase): AsyncGenerator<RunEvent> {
    if (this.phase !== next) yield { type: 'phase.changed', phase: next };
    this.phase = next;
  }

  async dispose(): Promise<void> {
    const { decoder, learner, free = [] } = this.options;
    for (const one of [...free, decoder, learner]) await one.dispose();
  }

  /** Measures what is held out; ends without a score where someone asked to stop. */
  private async *evaluate(): AsyncGenerator<RunEvent> {
    const { start, deps, writer, inbox, benchmark, heldOutScores, config } = this.options;
    yield* this.enter('evaluating');
    const instruments = { ...start, executor: deps.executor, writer, inbox, heldOutScores };
    const events = measureAll(instruments, benchmark, config.evaluation, this.step);
    try {
      for (;;) {
        const { value, done } = await events.next();
        if (done) return this.keepScore(value);
        yield value;
        if (!inbox.takeSave()) continue;
        yield* this.save('asked');
        yield* this.enter('evaluating');
      }
    } finally {
      await events.return(null);
    }
  }

  /** Writes what people asked for. */
  private async *answer(): AsyncGenerator<RunEvent> {
    yield* this.enter('sampling');
    for await (const { events } of this.options.writer.write(this.step, () => null)) yield* events;
  }

  async *save(cause: CheckpointSaved['cause']): AsyncGenerator<RunEvent> {
    const { config, start, learner, deps, counters } = this.options;
    yield* this.enter('saving');
    const { microBatchSize } = learner;
    const state = {
      config: start.config,
      tokenizer: start.tokenizer.toJson(),
      textFiles: start.textFiles,
      step: this.step,
      counters: {
        ...counters(),
        evaluatedStep: this.evaluatedStep,
        ...(microBatchSize < microBatchOf(config) ? { microBatchSize } : {}),
        ...learner.scale.counters,
      },
      ...(await learner.state(modelSource(config.model))),
    };
    yield* await deps.save(state, cause, this.evaluatedStep === this.step ? this.score : null);
    this.savedStep = this.step;
    this.savedAt = deps.now();
  }

  /** By the plan: after so many steps, or after so many minutes of work. Never twice at one step. */
  private isSaveDue(): boolean {
    const { everySteps, everyMinutes } = this.options.config.checkpoints;
    if (this.step === this.savedStep) return false;
    const isPassed = Math.floor(this.step / everySteps) > Math.floor(this.savedStep / everySteps);
    return isPassed || this.options.deps.now() - this.savedAt >= everyMinutes * 60_000;
  }

  private keepScore(scores: readonly Score[] | null): void {
    if (!scores) return;
    this.evaluatedStep = this.step;
    this.score = comparable(scores[0]);
  }
}

/** The headline as a number of which more is better: a loss with a minus. */
function comparable(headline: Score | undefined): number | null {
  if (!headline || !Number.isFinite(headline.value)) return null;
  return headline.unit === 'nats' ? -headline.value : headline.value;
}
