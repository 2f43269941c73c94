/** `RunState` is all that is known of a run: the fold of its events. Trainer, extension, webview, CLI and tests share it. */
import type {
  CheckpointSaved,
  Completion,
  EvaluationFinished,
  ExecutorIdentity,
  LogLevel,
  Phase,
  Recipe,
  RowsProgressed,
  RunError,
  RunEvent,
  RunStarted,
  RuntimeIdentity,
  Score,
  StageFinished,
  StampedEvent,
} from './events.ts';
import type { EvaluationIdentity } from './evaluationIdentity.ts';
import { PREPARATION_STEPS, type PreparedSubset, type SourceReading } from './preparation.ts';
import type { Sentence } from './sentence.ts';

/** `lost` comes from no event: an observer concludes it from a dead process without an exit record. */
export type RunStatus = 'starting' | 'queued' | 'running' | 'paused' | 'finished' | 'stopped' | 'failed' | 'lost';

export interface RunState {
  runId: string;
  status: RunStatus;
  attempt: number;
  recipe: Recipe | null;
  name: string;
  task: string;
  parameters: number;
  executor: ExecutorIdentity | null;
  runtime: RuntimeIdentity | null;
  phase: Phase;
  phaseDetail: string;
  /** Run id of the run that holds the device, while queued. */
  queuedBehind: string | null;
  step: number;
  totalSteps: number;
  evaluationSteps: number[];
  startedAt: number;
  /** Time of the last event. */
  updatedAt: number;
  /** Milliseconds of work in the current attempt, pauses left out. */
  workedMs: number;
  /** Grown in place: copying 20 curves at each of 20,000 steps takes 80 s, appending takes 0.1 s. */
  series: Record<string, Series>;
  /** Newest first, at most `COMPLETIONS_KEPT`. */
  completions: Completion[];
  evaluations: Evaluation[];
  evaluating: { benchmark: string; step: number; done: number; total: number } | null;
  sampleFiles: SampleFile[];
  checkpoints: Checkpoint[];
  preparation: Preparation;
  log: LogLine[];
  error: RunError | null;
  pace: Pace;
}

export interface SampleFile {
  file: string;
  step: number;
  benchmark: string;
  count: number;
  /** The binary file beside it, where there is one. */
  tokens?: string;
}

export interface Series {
  steps: number[];
  values: (number | null)[];
}

export interface Evaluation {
  step: number;
  benchmark: string;
  scores: readonly Score[];
  time: number;
  /** What was measured, where it was told. */
  identity?: EvaluationIdentity;
}

export type Checkpoint = Pick<CheckpointSaved, 'step' | 'checkpoint' | 'bytes' | 'cause' | 'best'> & { time: number };

export interface LogLine {
  time: number;
  level: LogLevel;
  message: string;
  said?: Sentence;
}

/** What the recipe `prepare` has told. */
export interface Preparation {
  sources: SourceReading[];
  stages: Stage[];
  subsets: PreparedSubset[];
  /** The step under way. */
  progress: Omit<RowsProgressed, 'type'> | null;
}

export type Stage = Omit<StageFinished, 'type'>;

/** What the time left is estimated from. */
interface Pace {
  /** Durations of the newest steps, ms. */
  stepMs: number[];
  lastStepAt: number | null;
  evaluationStartedAt: number | null;
  evaluationMs: number | null;
}

export const COMPLETIONS_KEPT = 500;
const LOG_KEPT = 2000;
const PACE_STEPS = 40;

const newPreparation = (): Preparation => ({ sources: [], stages: [], subsets: [], progress: null });

export const newRun = (runId = ''): RunState => ({
  runId,
  status: 'starting',
  attempt: 0,
  recipe: null,
  name: '',
  task: '',
  parameters: 0,
  executor: null,
  runtime: null,
  phase: 'preparing',
  phaseDetail: '',
  queuedBehind: null,
  step: 0,
  totalSteps: 0,
  evaluationSteps: [],
  startedAt: 0,
  updatedAt: 0,
  workedMs: 0,
  series: {},
  completions: [],
  evaluations: [],
  evaluating: null,
  sampleFiles: [],
  checkpoints: [],
  preparation: newPreparation(),
  log: [],
  error: null,
  pace: { stepMs: [], lastStepAt: null, evaluationStartedAt: null, evaluationMs: null },
});

/** Folds one event into the state, in place. */
export function apply(run: RunState, stamped: StampedEvent): void {
  const { event, time } = stamped;
  if (run.status === 'running' && run.updatedAt > 0) run.workedMs += Math.max(0, time - run.updatedAt);
  run.runId = stamped.runId;
  run.attempt = stamped.attempt;
  run.updatedAt = time;
  switch (event.type) {
    case 'run.started':
      start(run, event, time);
      break;
    case 'plan.changed':
      run.totalSteps = event.totalSteps;
      run.evaluationSteps = [...event.evaluationSteps];
      break;
    case 'run.queued':
      run.status = 'queued';
      run.queuedBehind = event.behind;
      break;
    case 'phase.changed':
      run.phase = event.phase;
      run.phaseDetail = event.detail ?? '';
      if (!isPartOfStep(run, event.phase)) run.pace.lastStepAt = null;
      if (event.phase === 'evaluating') run.pace.evaluationStartedAt = time;
      break;
    case 'step.finished':
      run.step = event.step;
      for (const [name, value] of Object.entries(event.metrics)) append(run.series, name, event.step, value);
      keepPace(run.pace, time);
      break;
    case 'completions.sampled':
      run.completions.unshift(...event.completions);
      run.completions.length = Math.min(run.completions.length, COMPLETIONS_KEPT);
      break;
    case 'completions.learned':
      run.completions = run.completions.map((completion) => withClipped(completion, event.clipped));
      break;
    case 'evaluation.progressed':
      run.evaluating = { benchmark: event.benchmark, step: event.step, done: event.done, total: event.total };
      break;
    case 'evaluation.finished':
      run.evaluating = null;
      keepEvaluation(run, event, time);
      if (run.pace.evaluationStartedAt !== null) run.pace.evaluationMs = time - run.pace.evaluationStartedAt;
      break;
    case 'samples.written':
      keepSampleFile(run, event);
      break;
    case 'checkpoint.saved':
      saveCheckpoint(run, event, time);
      break;
    case 'checkpoint.removed':
      run.checkpoints = run.checkpoints.filter((kept) => kept.checkpoint !== event.checkpoint);
      break;
    case 'source.opened':
      run.preparation.sources.push(event.source);
      break;
    case 'rows.progressed':
      run.preparation.progress = { stage: event.stage, done: event.done, total: event.total };
      break;
    case 'stage.finished': {
      const { stage, rowsIn, leftOut, statistics } = event;
      run.preparation.stages.push({ stage, rowsIn, leftOut, statistics });
      run.preparation.progress = null;
      break;
    }
    case 'subset.written':
      run.preparation.subsets.push(event.subset);
      break;
    case 'log.written':
      run.log.push(lineOf(event, event.level, time));
      if (run.log.length > LOG_KEPT) run.log.shift();
      break;
    case 'run.paused':
      run.status = 'paused';
      run.pace.lastStepAt = null;
      break;
    case 'run.resumed':
      run.status = 'running';
      run.queuedBehind = null;
      break;
    case 'run.finished':
      run.status = event.reason === 'completed' ? 'finished' : 'stopped';
      break;
    case 'run.failed':
      run.status = 'failed';
      run.error = event.error;
      run.log.push(lineOf(event.error, 'error', time));
      break;
    default:
      event satisfies never;
  }
}

/** Seconds until the run is done, or null while too little is known. */
export function secondsLeft(run: RunState): number | null {
  if (run.status !== 'running' || run.totalSteps === 0 || run.pace.stepMs.length === 0) return null;
  const stepMs = usualStepMs(run);
  const done = new Set(run.evaluations.map(({ step }) => step));
  const evaluationsLeft = run.evaluationSteps.filter((step) => step >= run.step && !done.has(step)).length;
  const left = (run.totalSteps - run.step) * stepMs + evaluationsLeft * (run.pace.evaluationMs ?? 0);
  return Math.round(left / 1000);
}

/** Of reinforcement learning the mean, as most steps are short and those after a rollout long; of other recipes the median. */
export function usualStepMs({ recipe, pace: { stepMs } }: RunState): number {
  if (recipe === 'grpo') return stepMs.reduce((sum, ms) => sum + ms, 0) / Math.max(1, stepMs.length);
  const sorted = [...stepMs].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}

/** A rollout is part of the steps that learn from it. */
const isPartOfStep = ({ recipe }: RunState, phase: Phase): boolean =>
  recipe === 'grpo' && (phase === 'sampling' || phase === 'training');

/** Share of the planned work that is done, 0..1. */
export function progress(run: RunState): number {
  if (run.status === 'finished') return 1;
  if (run.totalSteps > 0) return run.step / run.totalSteps;
  if (run.recipe === 'prepare') return preparedShare(run.preparation);
  return run.evaluating && run.evaluating.total > 0 ? run.evaluating.done / run.evaluating.total : 0;
}

/** Reading takes most of the time. */
const READING_SHARE = 0.8;

function preparedShare({ stages, progress: under }: Preparation): number {
  const share = under === null || under.total === 0 ? 0 : under.done / under.total;
  if (stages.length === 0) return share * READING_SHARE;
  const rest = (1 - READING_SHARE) / PREPARATION_STEPS.length;
  return Math.min(0.99, READING_SHARE + (stages.length - 1 + share) * rest);
}

/** What a continuation redoes is dropped: a point, score or sample after the resumed step belongs to a lost past. */
function start(run: RunState, event: RunStarted, time: number): void {
  const from = event.resumedFrom?.step ?? null;
  Object.assign(run, {
    status: 'running',
    recipe: event.recipe,
    name: event.name,
    task: event.task,
    parameters: event.parameters,
    executor: event.executor,
    runtime: event.runtime,
    totalSteps: event.totalSteps,
    evaluationSteps: [...event.evaluationSteps],
    queuedBehind: null,
    error: null,
    workedMs: 0,
    evaluating: null,
    preparation: newPreparation(),
    pace: { stepMs: [], lastStepAt: null, evaluationStartedAt: null, evaluationMs: run.pace.evaluationMs },
  });
  if (run.startedAt === 0) run.startedAt = time;
  if (from === null) return;
  run.step = from;
  for (const series of Object.values(run.series)) {
    const kept = series.steps.filter((step) => step <= from).length;
    series.steps.length = kept;
    series.values.length = kept;
  }
  run.completions = run.completions.filter(({ step }) => step <= from);
  run.evaluations = run.evaluations.filter(({ step }) => step <= from);
  run.sampleFiles = run.sampleFiles.filter(({ step }) => step <= from);
}

function append(series: Record<string, Series>, name: string, step: number, value: number | null): void {
  if (!Object.hasOwn(series, name))
    Object.defineProperty(series, name, {
      value: { steps: [], values: [] },
      enumerable: true,
      writable: true,
      configurable: true,
    });
  const curve = series[name];
  curve?.steps.push(step);
  curve?.values.push(value);
}

function withClipped(completion: Completion, clipped: Readonly<Record<string, number>>): Completion {
  const { id, rollout } = completion;
  const clippedShare = Object.hasOwn(clipped, id) ? clipped[id] : undefined;
  if (!rollout || clippedShare === undefined) return completion;
  return { ...completion, rollout: { ...rollout, clippedShare } };
}

const lineOf = ({ message, said }: Pick<LogLine, 'message' | 'said'>, level: LogLevel, time: number): LogLine => ({
  time,
  level,
  message,
  ...(said && { said }),
});

function keepPace(pace: Pace, time: number): void {
  if (pace.lastStepAt !== null) pace.stepMs.push(time - pace.lastStepAt);
  if (pace.stepMs.length > PACE_STEPS) pace.stepMs.shift();
  pace.lastStepAt = time;
}

/** One that is told again, by an attempt that could not know whether all of it was kept, takes the place of the first. */
function keepEvaluation(run: RunState, event: EvaluationFinished, time: number): void {
  const { step, benchmark, scores, identity } = event;
  run.evaluations = run.evaluations.filter((known) => known.step !== step || known.benchmark !== benchmark);
  run.evaluations.push({ step, benchmark, scores, time, ...(identity && { identity }) });
}

/** Likewise. */
function keepSampleFile(run: RunState, event: Extract<RunEvent, { type: 'samples.written' }>): void {
  const { file, step, benchmark, count, tokens } = event;
  run.sampleFiles = run.sampleFiles.filter((known) => known.file !== file);
  run.sampleFiles.push({ file, step, benchmark, count, ...(tokens !== undefined && { tokens }) });
}

function saveCheckpoint(run: RunState, event: CheckpointSaved, time: number): void {
  const { step, checkpoint, bytes, cause, best } = event;
  run.checkpoints = run.checkpoints.filter((kept) => kept.checkpoint !== checkpoint);
  if (best) run.checkpoints = run.checkpoints.map((kept) => ({ ...kept, best: false }));
  run.checkpoints.push({ step, checkpoint, bytes, cause, best, time });
}
