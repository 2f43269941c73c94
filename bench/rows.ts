/** From rounds to rows, and from rows to the table that people read. */
import { operationsPerToken, type Work } from './shapes.ts';

/** What a contestant says of one round. */
export interface Round {
  readonly tokens: number;
  readonly seconds: number;
  /** Of all threads of the process together. */
  readonly cpuSeconds: number;
  readonly peakMemoryBytes: number;
}

/** Numbers are null where the engine did not run; `notRun` says why. */
export interface Row {
  readonly work: string;
  readonly shape: string;
  readonly engine: string;
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
  readonly notRun?: string;
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
  /** The first one warms up and counts for its time only. */
  readonly rounds: readonly Round[];
  readonly firstRoundSeconds: number | null;
  readonly notRun: string | null;
}

/** `peak` in operations per second. */
export const rowOf = (
  work: Work,
  { engine, rounds, firstRoundSeconds, notRun }: Measured,
  peak: number | null,
): Row => {
  const warm = rounds.slice(1);
  const hasRun = warm.length > 0;
  const speed = hasRun ? median(warm.map(({ tokens, seconds }) => tokens / seconds)) : null;
  return {
    work: work.name,
    shape: shapeOf(work),
    engine,
    tokensPerSecond: speed,
    tokensPerCpuSecond: hasRun ? median(warm.map(({ tokens, cpuSeconds }) => tokens / cpuSeconds)) : null,
    peakMemoryBytes: hasRun ? Math.max(...rounds.map(({ peakMemoryBytes }) => peakMemoryBytes)) : null,
    firstRoundSeconds,
    shareOfPeak: speed === null || peak === null ? null : (speed * operationsPerToken(work)) / peak,
    rounds: warm.length,
    ...(notRun === null ? {} : { notRun }),
  };
};

const shapeOf = ({ model, length, batch }: Work): string =>
  `d${model.hiddenSize} L${model.layers} V${model.vocabSize} T${length} B${batch}`;

const COLUMNS = [
  'work',
  'shape',
  'engine',
  'tokens/s',
  'tokens per CPU s',
  'peak memory MB',
  'process start to first round, s',
  'share of GEMM peak',
  'rounds',
];

/** Markdown, which reads well in a terminal too. */
export const tableOf = (rows: readonly Row[]): string => {
  const rule = COLUMNS.map((_, i) => (i < 3 ? '---' : '---:'));
  return [COLUMNS, rule, ...rows.map(cellsOf)].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
};

const cellsOf = (row: Row): string[] => [
  row.work,
  row.shape,
  row.engine,
  row.tokensPerSecond === null && row.notRun ? `not run: ${row.notRun}` : written(row.tokensPerSecond),
  written(row.tokensPerCpuSecond),
  written(row.peakMemoryBytes === null ? null : row.peakMemoryBytes / 1e6),
  written(row.firstRoundSeconds, 1),
  row.shareOfPeak === null ? '–' : `${written(row.shareOfPeak * 100)} %`,
  String(row.rounds),
];

const written = (value: number | null, digits = 0): string =>
  value === null ? '–' : value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
