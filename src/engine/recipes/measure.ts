/** The benchmark: a fixed set of held-out problems, each answered k times, told as scores with intervals. */
import type { EvaluationConfig } from '../../config/schema.ts';
import type { Completion, RunEvent, Score } from '../../protocol/events.ts';
import { averageAtK, meanWithInterval, ratioWithInterval } from '../stats/intervals.ts';
import { heldOutLoss } from './heldOutLoss.ts';
import type { HeldOutScores, LossMeter } from './heldOutPasses.ts';
import type { Measured } from './material.ts';
import type { QuestionSet } from './problemSet.ts';
import { completionSeed, type Writer } from './writer.ts';

export type EvaluationSettings = Omit<EvaluationConfig, 'everySteps' | 'atStart'>;

/** What is measured with. */
export interface Instruments extends LossMeter {
  readonly writer: Writer;
  /** How held-out examples are measured; by their loss if left out. */
  readonly heldOutScores?: HeldOutScores | undefined;
}

/**
 * The loss of held-out examples where there are some (or of held-out pairs their order), then their answers: the scores, headline first, or null where someone
 * asked to stop before the end.
 */
export async function* measureAll(
  instruments: Instruments,
  { judge: { name }, questions, heldOut }: Measured,
  settings: EvaluationSettings,
  step: number,
): AsyncGenerator<RunEvent, readonly Score[] | null> {
  const { heldOutScores = heldOutLoss } = instruments;
  const scores = heldOut ? yield* heldOutScores(instruments, heldOut, name, step) : [];
  if (scores === null) return null;
  if (questions.size > 0) return yield* measure(instruments.writer, questions, settings, name, step, scores);
  yield { type: 'evaluation.finished', step, benchmark: name, scores };
  return scores;
}

/** Progress is told each so many decode steps, and completions are handed on in chunks of this size. */
const TICKS = 16;
const CHUNK = 50;

/**
 * Returns the scores, headline first and `more` at the end, or null where someone asked to stop before the end.
 * Seeds depend on problem and sample alone: all checkpoints answer the same problems with the same chances.
 */
async function* measure(
  writer: Writer,
  problems: QuestionSet,
  settings: EvaluationSettings,
  benchmark: string,
  step: number,
  more: readonly Score[] = [],
): AsyncGenerator<RunEvent, readonly Score[] | null> {
  const k = settings.samplesPerProblem;
  const total = problems.size * k;
  const answers: Completion[][] = Array.from({ length: problems.size }, () => []);
  const progress = (done: number): RunEvent => ({ type: 'evaluation.progressed', step, benchmark, done, total });
  yield progress(0);
  let [asked, done, ticks] = [0, 0, 0];
  const next = () => {
    if (asked >= total) return null;
    const index = asked++;
    const seed = completionSeed(settings.seed, 'evaluation', 0, index);
    return writer.ask(`${step}-evaluation-${index}`, step, problems.at(Math.floor(index / k)), { ...settings, seed });
  };
  let chunk: Completion[] = [];
  for await (const { completions, events } of writer.write(step, next)) {
    yield* events;
    for (const completion of completions) answers[Math.floor(indexOf(completion) / k)]?.push(completion);
    done += completions.length;
    chunk.push(...completions);
    if (chunk.length >= CHUNK || (done === total && chunk.length > 0)) {
      yield { type: 'completions.sampled', step, purpose: 'evaluation', benchmark, completions: chunk };
      chunk = [];
    }
    if (++ticks % TICKS === 0 && done < total) yield progress(done);
  }
  if (done < total) return null;
  yield progress(total);
  const scores = [...scoresOf(answers, k), ...more];
  yield { type: 'evaluation.finished', step, benchmark, scores };
  return scores;
}

const indexOf = ({ id }: Completion): number => Number(id.slice(id.lastIndexOf('-') + 1));

/** `answers[problem]` are its k completions. */
export function scoresOf(answers: readonly (readonly Completion[])[], k: number): Score[] {
  const n = answers.length;
  const perProblem = (value: (completion: Completion) => number): number[] =>
    answers.map((ofProblem) => ofProblem.reduce((sum, completion) => sum + value(completion), 0) / ofProblem.length);
  const share = (name: string, holds: (completion: Completion) => boolean): Score => {
    const { mean, interval } = averageAtK(
      perProblem((completion) => (holds(completion) ? 1 : 0)),
      k,
    );
    return { name, value: mean, n, k, interval, unit: 'share' };
  };
  const length = meanWithInterval(perProblem(({ tokens }) => tokens));
  const steps = ratioWithInterval(
    answers.map((ofProblem) => ({
      part: ofProblem.reduce((sum, completion) => sum + (completion.steps?.wrong ?? 0), 0),
      whole: ofProblem.reduce((sum, completion) => sum + (completion.steps?.count ?? 0), 0),
    })),
  );
  return [
    share('accuracy', ({ verdict }) => verdict === 'correct'),
    { name: 'completions/mean_length', value: length.mean, n, k, interval: length.interval, unit: 'tokens' },
    share('completions/clipped_ratio', ({ finishReason }) => finishReason === 'length'),
    share('unparsed', ({ verdict }) => verdict === 'unparsed'),
    ...(steps
      ? [{ name: 'wrong_steps', value: steps.ratio, n, k, interval: steps.interval, unit: 'share' } as const]
      : []),
  ];
}
