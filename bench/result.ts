/** What a run of the benchmark leaves behind: the JSON of `--json`, and what stands around its table. */
import { readFileSync, writeFileSync } from 'node:fs';
import { loadavg, totalmem, type, release } from 'node:os';
import { physicalCores, processorName } from '../src/trainer/executors/cores.ts';
import { ArgumentError } from './arguments.ts';
import type { Peaks } from './gpu.ts';
import type { Row } from './rows.ts';

export interface Result {
  /** YYYY-MM-DD */
  readonly date: string;
  readonly machine: Machine;
  /** Of the system before and after, over one minute. */
  readonly load: readonly [before: number, after: number];
  /** Floating-point operations per second of the fastest product of two matrices that any engine reached; null where none ran. By precision on a GPU. */
  readonly peakOperationsPerSecond: number | null | Peaks;
  /** Whether it was ended before all was measured. */
  readonly isInterrupted: boolean;
  readonly rows: readonly Row[];
}

export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly threads: number;
  readonly memoryBytes: number;
  readonly system: string;
  readonly node: string;
}

export const thisMachine = (threads: number): Machine => ({
  processor: processorName(),
  cores: physicalCores(),
  threads,
  memoryBytes: totalmem(),
  system: `${type()} ${release().split('-')[0] ?? ''}`,
  node: process.version,
});

export const currentLoad = (): number => Math.round((loadavg()[0] ?? 0) * 10) / 10;

export const describe = ({ date, machine, load, peakOperationsPerSecond, isInterrupted }: Result): string =>
  [
    `${machine.processor}, ${machine.cores} cores, ${machine.threads} threads, ${(machine.memoryBytes / 1e9).toFixed(0)} GB, ${machine.system}, Node ${machine.node}, ${date}`,
    `GEMM peak ${peakText(peakOperationsPerSecond)}`,
    `load ${load[0]} before, ${load[1]} after`,
    ...(isInterrupted ? ['interrupted'] : []),
  ].join('; ');

const peakText = (peak: Result['peakOperationsPerSecond']): string =>
  typeof peak === 'object' && peak !== null
    ? `of the device: f32 ${gigaflops(peak.f32)}, bf16 ${gigaflops(peak.bf16)}; memory is the device's`
    : gigaflops(peak);

const gigaflops = (peak: number | null): string =>
  peak === null ? 'not measured' : `${(peak / 1e9).toFixed(0)} GFLOP/s`;

export const writeResult = (file: string, result: Result): void =>
  writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`);

/** Throws ArgumentError where the file is none of ours. */
export const readResult = (file: string): Result => {
  const wrong = (why: string): ArgumentError =>
    new ArgumentError(`${file}: ${why}. A file that npm run bench -- --json FILE wrote is wanted.`);
  let given: unknown;
  try {
    given = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw wrong(error instanceof Error ? error.message : String(error));
  }
  if (isResult(given)) return given;
  throw wrong('it has no "rows" with a machine');
};

const isResult = (given: unknown): given is Result =>
  typeof given === 'object' &&
  given !== null &&
  'machine' in given &&
  'rows' in given &&
  Array.isArray(given.rows) &&
  given.rows.every((row) => typeof row === 'object' && row !== null && 'work' in row && 'engineKey' in row);
