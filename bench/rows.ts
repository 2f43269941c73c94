/** From rounds to rows. */
import { operationsPerToken, parametersOf, shapeOf, type Work } from './shapes.ts';

/** What a contestant says of one round. */
export interface Round {
  readonly tokens: number;
  readonly seconds: number;
  /** Of all threads of the process together. */
  readonly cpuSeconds: number;
  /** Of the process since its start; null where the system does not tell (Python on Windows). */
  readonly peakMemoryBytes: number | null;
}

/** What a contestant computed: the losses of its first two steps, or what its likeliest tokens cost. */
export interface Checked {
  readonly check: readonly number[];
}

/** Numbers are null where the engine did not run; `notRun` says why. */
export interface Row {
  readonly work: string;
  readonly kind: Work['kind'];
  readonly shape: string;
  readonly parameters: number;
  readonly length: number;
  readonly batch: number;
  /** Name and version. */
  readonly engine: string;
  /** The same in every run and version: `valley`, `torchEager` ... */
  readonly engineKey: string;
  /** Median over the rounds after the first. */
  readonly tokensPerSecond: number | null;
  /** Tokens for a second of processor time, median: comparable on a busy machine too. */
  readonly tokensPerCpuSecond: number | null;
  readonly peakMemoryBytes: number | null;
  /** From the start of the process to the end of its first round. */
  readonly firstRoundSeconds: number | null;
  /** Of the floating-point operations per second that the fastest matrix product of this run reached. */
  readonly shareOfPeak: number | null;
  /** How many rounds the medians are of. */
  readonly rounds: number;
  /** Losses of the first two steps, or the mean -log probability of the likeliest tokens: the same for all engines of a work. */
  readonly check: readonly number[];
  readonly notRun?: string;
  /** Says where `check` is not that of the first engine. */
  readonly differs?: string;
}

/** The middle one; the mean of the middle two of an even number. NaN for none. */
export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[half - 1] ?? Number.NaN)) / 2;
};

export interface Measured {
  readonly engine: string;
  readonly engineKey: string;
  /** The first one warms up and counts for its time only. */
  readonly rounds: readonly Round[];
  readonly firstRoundSeconds: number | null;
  readonly check: readonly number[];
  readonly notRun: string | null;
}

/** `peak` in operations per second. */
export const rowOf = (work: Work, measured: Measured, peak: number | null): Row => {
  const { engine, engineKey, rounds, firstRoundSeconds, check, notRun } = measured;
  const warm = rounds.slice(1);
  const hasRun = warm.length > 0;
  const speed = hasRun ? median(warm.map(({ tokens, seconds }) => tokens / seconds)) : null;
  return {
    work: work.name,
    kind: work.kind,
    shape: shapeOf(work),
    parameters: parametersOf(work.model),
    length: work.length,
    batch: work.batch,
    engine,
    engineKey,
    tokensPerSecond: speed,
    tokensPerCpuSecond: hasRun ? median(warm.map(({ tokens, cpuSeconds }) => tokens / cpuSeconds)) : null,
    peakMemoryBytes: hasRun ? (rounds.at(-1)?.peakMemoryBytes ?? null) : null,
    firstRoundSeconds,
    shareOfPeak: speed === null || peak === null ? null : (speed * operationsPerToken(work)) / peak,
    rounds: warm.length,
    check,
    ...(hasRun ? {} : { notRun: notRun ?? 'no round was finished' }),
  };
};

/** Engines that compute the same model in f32 agree to this. */
export const TOLERANCE = 1e-3;

/** Rows of one work; those whose numbers are not those of the first row that ran say so. */
export const compared = <R extends Row>(rows: readonly R[], toleranceOf: (row: R) => number = () => TOLERANCE): R[] => {
  const first = rows.find(({ check }) => check.length > 0);
  return rows.map((row) => {
    if (!first || row.check.length === 0 || areClose(row.check, first.check, toleranceOf(row))) return row;
    return { ...row, differs: `${numbers(row.check)}, but ${first.engine} has ${numbers(first.check)}` };
  });
};

const areClose = (a: readonly number[], b: readonly number[], tolerance: number): boolean =>
  a.length === b.length && a.every((value, i) => Math.abs(value - (b[i] ?? Number.NaN)) <= tolerance);

const numbers = (values: readonly number[]): string => values.map((value) => value.toFixed(4)).join(' ');
