/** A benchmark ready to be measured: its problems as they are asked, as many as wanted, in an order that the seed decides. */
import type { BenchmarkEntry } from '../../config/benchmarkSchema.ts';
import type { ParquetReader } from '../../data/rows/rowBlocks.ts';
import { ARITHMETIC, arithmeticProblems } from '../../engine/benchmarks/arithmeticProblems.ts';
import type { BenchmarkProblem } from '../../engine/benchmarks/benchmark.ts';
import { benchmarkOf } from '../../engine/benchmarks/index.ts';
import { permutation } from '../../engine/random/permutation.ts';
import { pathFrom } from '../prepare/sources.ts';
import { readBenchmark, type ReadBenchmark } from './readBenchmark.ts';

export interface OpenBenchmark extends Pick<ReadBenchmark, 'others' | 'bad'> {
  readonly name: string;
  readonly samplesPerProblem: number;
  /** `prompt` is problem and instruction, as the user of a chat says them. */
  readonly problems: readonly (BenchmarkProblem & { readonly prompt: string })[];
}

export interface OpeningOptions {
  readonly seed: number;
  /** Paths start at its folder. */
  readonly configPath: string;
  readonly parquet: ParquetReader;
}

/** Throws as `readBenchmark` does. */
export async function openBenchmark(
  entry: BenchmarkEntry,
  { seed, configPath, parquet }: OpeningOptions,
): Promise<OpenBenchmark> {
  if ('task' in entry) {
    const problems = arithmeticProblems(entry.task, seed, entry.problems);
    const told = { name: `arithmetic/${entry.task.level}`, others: 0, bad: new Map<string, number>() };
    return { ...told, ...asked(entry, problems, ARITHMETIC) };
  }
  const benchmark = benchmarkOf(entry);
  const { problems, others, bad } = await readBenchmark(pathFrom(configPath, entry.path), benchmark, { seed, parquet });
  const drawn = drawnBySeed(problems, entry.problems ?? problems.length, seed);
  return { name: benchmark.name, others, bad, ...asked(entry, drawn, benchmark) };
}

function asked(
  entry: BenchmarkEntry,
  problems: readonly BenchmarkProblem[],
  standard: { readonly samplesPerProblem: number; readonly instruction: string },
): Pick<OpenBenchmark, 'problems' | 'samplesPerProblem'> {
  const instruction = entry.instruction ?? standard.instruction;
  return {
    samplesPerProblem: entry.samplesPerProblem ?? standard.samplesPerProblem,
    problems: problems.map((problem) => ({ ...problem, prompt: `${problem.problem}\n\n${instruction}`.trim() })),
  };
}

/** So many of them, in their own order. */
function drawnBySeed(problems: readonly BenchmarkProblem[], count: number, seed: number): readonly BenchmarkProblem[] {
  if (count >= problems.length) return problems;
  const order = permutation(problems.length, seed, 'benchmark');
  const chosen = Array.from({ length: count }, (_, place) => order(place)).sort((a, b) => a - b);
  return chosen.flatMap((place) => problems[place] ?? []);
}
