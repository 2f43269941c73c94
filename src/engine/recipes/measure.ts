/** A benchmark is measured: a fixed set of problems, each answered k times, told as scores with intervals. */
import type { EvaluationConfig } from '../../config/schema.ts';
import { type EvaluationIdentity, identityDifferences } from '../../protocol/evaluationIdentity.ts';
import type { Completion, ExecutorIdentity, RunEvent, Score } from '../../protocol/events.ts';
import { logged } from '../../protocol/logged.ts';
import { said } from '../../protocol/sentence.ts';
import type { TokenDetails } from '../../protocol/tokenRecords.ts';
import { benchmarkScores } from '../stats/benchmarkScores.ts';
import type { RecipeDeps } from './deps.ts';
import { heldOutLoss } from './heldOutLoss.ts';
import type { HeldOutScores, LossMeter } from './heldOutPasses.ts';
import type { Measured } from './material.ts';
import { tokenDetailsOf } from './tokenDetailsOf.ts';
import { completionSeed, type Written, type Writer } from './writer.ts';

export type EvaluationSettings = Omit<EvaluationConfig, 'everySteps' | 'atStart'> & {
  /** Details of each token are told, with so many alternatives; none where it is left out. */
  readonly alternatives?: number;
};

/** What is measured with. */
export interface Instruments extends LossMeter, Pick<RecipeDeps, 'kept' | 'modelHash'> {
  readonly writer: Writer;
  /** How held-out examples are measured; by their loss if left out. */
  readonly heldOutScores?: HeldOutScores | undefined;
}

/**
 * The loss of held-out examples where there are some (or of held-out pairs their order), then their answers: the scores,
 * headline first, or null where someone asked to stop before the end. Nothing is told of what an earlier attempt has finished.
 */
export async function* measureAll(
  instruments: Instruments,
  measured: Measured,
  settings: EvaluationSettings,
  step: number,
): AsyncGenerator<RunEvent, readonly Score[] | null> {
  const { judge, questions, heldOut } = measured;
  const { name } = judge;
  const { heldOutScores = heldOutLoss } = instruments;
  const answers = questions.size > 0 ? new Measurement(instruments, measured, settings, step) : null;
  if (answers && !(yield* answers.takeKept())) return [];
  const scores = heldOut ? yield* heldOutScores(instruments, heldOut, name, step) : [];
  if (scores === null) return null;
  if (answers) return yield* answers.run(scores);
  yield { type: 'evaluation.finished', step, benchmark: name, scores };
  return scores;
}

/** Progress is told each so many decode steps, and completions are handed on in chunks of this size, or after so many steps. */
const TICKS = 16;
const CHUNK = 50;
const CHUNK_TICKS = 512;

/** Seeds depend on problem and sample alone: all checkpoints answer the same problems with the same chances. */
class Measurement {
  private readonly instruments: Instruments;
  private readonly measured: Measured;
  private readonly settings: EvaluationSettings;
  private readonly step: number;
  private readonly identity: EvaluationIdentity | null;
  private readonly total: number;
  /** By number: problem times k, and sample. */
  private readonly answers: (Completion | undefined)[];
  private done = 0;
  private chunk: Answer[] = [];

  constructor(instruments: Instruments, measured: Measured, settings: EvaluationSettings, step: number) {
    this.instruments = instruments;
    this.measured = measured;
    this.settings = settings;
    this.step = step;
    this.identity = identityOf(measured, settings, instruments.modelHash ?? null);
    this.total = measured.questions.size * settings.samplesPerProblem;
    this.answers = Array.from({ length: this.total });
  }

  /** The scores, with `more` behind them, or null where someone asked to stop before the end. */
  async *run(more: readonly Score[]): AsyncGenerator<RunEvent, readonly Score[] | null> {
    yield { ...this.progress(), ...(this.identity && { identity: this.identity }) };
    try {
      yield* this.write();
      if (this.chunk.length > 0) yield await this.told();
    } finally {
      // Grades that are on their way are waited for, also where nobody wants them any more.
      await Promise.allSettled(this.chunk.map(({ completion }) => completion));
    }
    if (this.done < this.total) return null;
    yield this.progress();
    const { step, measured, identity } = this;
    const scores = [...benchmarkScores(this.byProblem(), this.settings.samplesPerProblem), ...more];
    yield { type: 'evaluation.finished', step, benchmark: measured.judge.name, scores, ...(identity && { identity }) };
    return scores;
  }

  /** To be asked before `run`: whether anything is left to be told. What was measured otherwise is removed. */
  *takeKept(): Generator<RunEvent, boolean> {
    const { name } = this.measured.judge;
    const kept = this.instruments.kept?.(name);
    if (!kept || !this.identity) return true;
    const differences = [
      ...identityDifferences(kept.identity, this.identity),
      ...executorDifferences(kept.executor, this.instruments.executor.identity),
    ];
    if (differences.length > 0) {
      kept.discard();
      yield logged(
        'warning',
        said`${name}: what an earlier attempt has measured is not gone on with, for it differs in ${differences.join(', ')}.`,
      );
      return true;
    }
    if (kept.isFinished) return false;
    for (const completion of kept.take()) this.take(completion);
    if (this.done > 0)
      yield logged('info', said`${name}: ${this.done} of ${this.total} completions are there from an earlier attempt.`);
    return true;
  }

  private async *write(): AsyncGenerator<RunEvent> {
    const { instruments, step, total } = this;
    let [asked, ticks, chunkTicks] = [0, 0, 0];
    const next = () => {
      while (asked < total && this.answers[asked]) asked++;
      return asked < total ? this.ask(asked++) : null;
    };
    if (this.done === total) return;
    for await (const { completions, drafts, events } of instruments.writer.write(step, next)) {
      yield* events;
      this.chunk.push(...completions.map((completion, place) => this.answer(completion, drafts[place])));
      if (this.chunk.length >= CHUNK || (this.chunk.length > 0 && ++chunkTicks >= CHUNK_TICKS)) {
        yield await this.told();
        chunkTicks = 0;
      }
      if (++ticks % TICKS === 0 && this.done + this.chunk.length < total) yield this.progress();
    }
  }

  private ask(index: number) {
    const { measured, settings, step, instruments } = this;
    const { samplesPerProblem: k, alternatives } = settings;
    const id = `${step}-${measured.idPart ?? 'evaluation'}-${index}`;
    const seed = completionSeed(settings.seed, 'evaluation', 0, index);
    // A small vocabulary has no more.
    const most =
      alternatives === undefined ? {} : { alternatives: Math.min(alternatives, instruments.model.vocabSize) };
    const problem = measured.questions.at(Math.floor(index / k));
    return instruments.writer.ask(id, step, problem, { ...settings, seed, ...most });
  }

  /** Its grade may still be on its way. */
  private answer(completion: Completion, draft: Written['drafts'][number] | undefined): Answer {
    const place = Math.floor(indexOf(completion) / this.settings.samplesPerProblem);
    const details = draft === undefined || this.settings.alternatives === undefined ? null : tokenDetailsOf(draft);
    return { completion: Promise.resolve(this.measured.judged?.(completion, place) ?? completion), details };
  }

  private async told(): Promise<RunEvent> {
    const { step, chunk } = this;
    this.chunk = [];
    const completions = await Promise.all(chunk.map(({ completion }) => completion));
    for (const completion of completions) this.take(completion);
    const details = chunk.flatMap((answer) => answer.details ?? []);
    const benchmark = this.measured.judge.name;
    const told = { type: 'completions.sampled', step, purpose: 'evaluation', benchmark, completions } as const;
    return details.length === 0 ? told : { ...told, details };
  }

  private take(completion: Completion): void {
    const index = indexOf(completion);
    if (!(index < this.total) || this.answers[index])
      throw new Error(`There is no place for completion ${completion.id}.`);
    this.answers[index] = completion;
    this.done++;
  }

  private progress(): Extract<RunEvent, { type: 'evaluation.progressed' }> {
    const { step, total } = this;
    const done = this.done + this.chunk.length;
    return { type: 'evaluation.progressed', step, benchmark: this.measured.judge.name, done, total };
  }

  private byProblem(): Completion[][] {
    const { samplesPerProblem: k } = this.settings;
    return Array.from({ length: this.total / k }, (_, place) =>
      this.answers.slice(place * k, (place + 1) * k).flatMap((answer) => answer ?? []),
    );
  }
}

interface Answer {
  readonly completion: Promise<Completion>;
  readonly details: TokenDetails | null;
}

/** The number of a completion among those of its evaluation. */
const indexOf = ({ id }: Completion): number => Number(id.slice(id.lastIndexOf('-') + 1));

function identityOf(
  { origin }: Measured,
  settings: EvaluationSettings,
  model: string | null,
): EvaluationIdentity | null {
  if (!origin) return null;
  const { samplesPerProblem, temperature, topP, topK, maxNewTokens, seed } = settings;
  const sampling = { samplesPerProblem, temperature, topP, topK, maxNewTokens, seed };
  return { model, ...origin, ...sampling, stop: JSON.stringify(settings.stop) };
}

/** Another one may draw other completions from the same weights. */
const executorDifferences = (one: ExecutorIdentity | null, other: ExecutorIdentity): string[] =>
  (['executor', 'provider', 'precision'] as const).filter((key) => one !== null && one[key] !== other[key]);
