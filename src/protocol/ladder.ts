/** What the recipe `ladder` tells: a grid of measured models, each cell under its key, as plain data that verdict and report are made of. */
import type { RunError, Score, Verdict } from './events.ts';
import type { LadderVerdict } from './verdict.ts';

/**
 * `base`: the untouched model. `sft`: fine-tuned on long traces. `short`: its control, fine-tuned in the same way on short
 * traces of the same problems. `grpo`: reinforcement learning from the base (size 0) or from the `sft` of that size and seed.
 */
export const LADDER_STAGES = ['base', 'sft', 'short', 'grpo'] as const;
export type LadderStage = (typeof LADDER_STAGES)[number];

/** A training whose models are measured, or the base. */
export interface TrainingKey {
  readonly stage: LadderStage;
  /** Examples of the fine-tuning it went through; 0 for none. */
  readonly size: number;
  /** Decides subset, order and chances of training. */
  readonly seed: number;
}

/** One measurement of one model. */
export interface CellKey extends TrainingKey {
  /** Name of the base: ladders of several models are shown in one figure. */
  readonly model: string;
  /** Optimizer steps of the stage; 0 where the stage made none. */
  readonly step: number;
  /** `id` of the evaluation: only cells with the same one are compared. */
  readonly evaluation: string;
}

/** How all cells of one benchmark are measured. */
export interface LadderEvaluation {
  /** Benchmark and a digest of all that follows, e.g. `repetition/3-7 5f2a90c1`. */
  readonly id: string;
  readonly benchmark: string;
  readonly problems: number;
  /** Completions per problem (k). */
  readonly samplesPerProblem: number;
  readonly temperature: number;
  readonly topP: number;
  readonly topK: number;
  /** A longer completion is cut and counts as wrong. */
  readonly maxNewTokens: number;
  readonly seed: number;
}

/** What a training does; of the base only where it is trained in the run. */
export interface LadderTraining extends TrainingKey {
  /** Folder below cells/ that holds its checkpoints, e.g. `sft-512-seed-1`. */
  readonly name: string;
  /** `name` of the training whose model it starts from; null for a new model or one that was given. */
  readonly from: string | null;
  /** Distinct examples or problems; 0 where nothing is trained. */
  readonly examples: number;
  readonly epochs: number;
  /** Sequences of one optimizer step. */
  readonly batchSize: number;
  readonly learningRate: number;
  /** Optimizer steps in all. */
  readonly steps: number;
  /** Its first optimizer step is this one plus 1, counted over the whole ladder. */
  readonly firstStep: number;
  /** Tokens that are learned from, estimated. */
  readonly tokens: number;
}

export interface LadderPlan {
  readonly model: string;
  /** The base is made from scratch in the run: an analogue of the paper, no reproduction. */
  readonly isAnalogue: boolean;
  readonly schedule: 'paper' | 'controlled' | 'custom';
  /** Whether all examples of a rung are among those of the next larger one with the same seed. */
  readonly subsets: 'nested' | 'independent';
  /** Ascending. */
  readonly sizes: readonly number[];
  readonly seeds: readonly number[];
  readonly evaluations: readonly LadderEvaluation[];
  /** In the order of work: the ends of the ladder before its middle. */
  readonly trainings: readonly LadderTraining[];
  /** In the order of work. */
  readonly cells: readonly CellKey[];
}

/**
 * What became of each completion, all arrays alike: those of problem 0 first, k of each. Cells of one evaluation have the
 * same problems at the same places, so that they are compared in pairs.
 */
export interface CellOutcomes {
  /** Completions per problem. */
  readonly k: number;
  readonly verdicts: readonly Verdict[];
  /** Generated tokens, end token included. */
  readonly tokens: readonly number[];
  /** `length`: cut at the limit. */
  readonly finishReasons: readonly ('stop' | 'length')[];
  /** Written steps that could be checked, and how many of them were wrong and not taken back; null where steps cannot be checked. */
  readonly steps: readonly ({ readonly count: number; readonly wrong: number } | null)[];
}

/** What was learned from. */
export interface CellTeaching {
  readonly examples: number;
  /** Tokens of a completion, end token included. */
  readonly meanTokens: number;
  readonly longestTokens: number;
}

/** All that was measured of one cell. */
export interface CellResult {
  readonly key: CellKey;
  /** As an evaluation tells them; the headline first. */
  readonly scores: readonly Score[];
  readonly outcomes: CellOutcomes;
  /** Its completions: a file below samples/ of the run folder, one `Completion` a line. */
  readonly completions: { readonly file: string; readonly count: number };
  /** Null where nothing was taught: the base that was given, reinforcement learning. */
  readonly teaching: CellTeaching | null;
}

/** Always the whole plan; cells that are done already follow as `cell.finished`. */
export interface LadderPlanned {
  readonly type: 'ladder.planned';
  readonly plan: LadderPlan;
}

/** Work at a training has begun, or goes on after its checkpoint. */
export interface CellStarted {
  readonly type: 'cell.started';
  readonly training: string;
}

export interface CellFinished {
  readonly type: 'cell.finished';
  readonly result: CellResult;
  /** Clock time of the work since the cell before it; null for one that an earlier attempt has done. Not part of what is compared. */
  readonly seconds: number | null;
}

/** The training ended without a model; the others go on. */
export interface TrainingFailed {
  readonly type: 'training.failed';
  readonly training: string;
  readonly error: RunError;
}

/** What the cells that are finished so far come to, of one evaluation; in place of an earlier one. */
export interface VerdictReached {
  readonly type: 'verdict.reached';
  readonly verdict: LadderVerdict;
}

export type LadderEvent = LadderPlanned | CellStarted | CellFinished | TrainingFailed;

export type CellState = 'planned' | 'running' | 'finished' | 'failed';

export interface LadderCell {
  readonly key: CellKey;
  state: CellState;
  /** Null until it is finished. */
  result: CellResult | null;
  error: RunError | null;
  seconds: number | null;
}

/** The record: what the verdict is made of. */
export interface Ladder {
  readonly plan: LadderPlan;
  /** As `plan.cells`, in that order. */
  readonly cells: readonly LadderCell[];
}

/** `sft-512-seed-1`: name of a training. */
export const trainingName = ({ stage, size, seed }: TrainingKey): string => `${stage}-${size}-seed-${seed}`;

/** Two cells with the same text are the same cell. */
export const cellName = (key: CellKey): string =>
  JSON.stringify([key.model, key.size, key.seed, key.stage, key.step, key.evaluation]);

/** Folds an event into the record, null before the first; cells are changed in place. */
export function applyToLadder(ladder: Ladder | null, event: LadderEvent): Ladder | null {
  if (event.type === 'ladder.planned') return newLadder(event.plan);
  for (const cell of ladder?.cells ?? []) applyToCell(cell, event);
  return ladder;
}

/** How far a training is, all its measurements together. */
export interface TrainingProgress {
  readonly key: TrainingKey;
  readonly state: CellState;
  /** In the order of work. */
  readonly cells: readonly LadderCell[];
}

/** In the order of work. */
export function trainingsOf({ cells }: Ladder): TrainingProgress[] {
  const groups = new Map<string, LadderCell[]>();
  for (const cell of cells) {
    const name = trainingName(cell.key);
    groups.set(name, [...(groups.get(name) ?? []), cell]);
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    return first ? [{ key: first.key, state: stateOf(group), cells: group }] : [];
  });
}

/** Of those that are over, failed ones too. */
export function trainingsDone(ladder: Ladder): { readonly done: number; readonly total: number } {
  const trainings = trainingsOf(ladder);
  return { done: trainings.filter((training) => !isUndone(training)).length, total: trainings.length };
}

/** The same without what only the clock decides: equal for runs that were interrupted and runs that were not. */
export const withoutClock = (ladder: Ladder): Ladder => ({
  ...ladder,
  cells: ladder.cells.map((cell) => ({ ...cell, seconds: null })),
});

/** How many steps like the newest one the open trainings still take, as their steps learn from more or fewer tokens. */
export function stepsLeftLike({ plan, cells }: Ladder, step: number): number {
  const open = new Set(cells.filter(isUndone).map(({ key }) => trainingName(key)));
  const current = plan.trainings.find(({ firstStep, steps }) => step > firstStep && step <= firstStep + steps);
  const tokensLeft = plan.trainings
    .filter(({ name }) => open.has(name))
    .reduce((sum, { firstStep, steps, tokens }) => {
      const stepsLeft = Math.min(steps, Math.max(0, firstStep + steps - step));
      return sum + (steps === 0 ? 0 : (stepsLeft * tokens) / steps);
    }, 0);
  return current ? (tokensLeft * current.steps) / current.tokens : 0;
}

const newLadder = (plan: LadderPlan): Ladder => ({
  plan,
  cells: plan.cells.map((key) => ({ key, state: 'planned', result: null, error: null, seconds: null })),
});

function applyToCell(cell: LadderCell, event: Exclude<LadderEvent, LadderPlanned>): void {
  switch (event.type) {
    case 'cell.started':
      if (isUndone(cell) && trainingName(cell.key) === event.training) cell.state = 'running';
      break;
    case 'cell.finished':
      if (cellName(cell.key) !== cellName(event.result.key)) break;
      Object.assign(cell, { state: 'finished', result: event.result, seconds: event.seconds });
      break;
    case 'training.failed':
      if (!isUndone(cell) || trainingName(cell.key) !== event.training) break;
      Object.assign(cell, { state: 'failed', error: event.error });
      break;
    default:
      event satisfies never;
  }
}

/** One that is measured in part is under way. */
function stateOf(cells: readonly LadderCell[]): CellState {
  const states = new Set(cells.map(({ state }) => state));
  if (states.has('failed')) return 'failed';
  if (states.size === 1) return cells[0]?.state ?? 'planned';
  return 'running';
}

const isUndone = ({ state }: Pick<LadderCell, 'state'>): boolean => state === 'planned' || state === 'running';
