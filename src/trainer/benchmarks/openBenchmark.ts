/** A benchmark ready to be measured: its problems as they are asked, as many as wanted, in an order that the seed decides. */
import { benchmarkName, type BenchmarkEntry } from '../../config/benchmarkSchema.ts';
import type { ParquetReader } from '../../data/rows/rowBlocks.ts';
import { ARITHMETIC, arithmeticProblems } from '../../engine/benchmarks/arithmeticProblems.ts';
import type { BenchmarkProblem } from '../../engine/benchmarks/benchmark.ts';
import type { OpenBenchmark } from '../../engine/benchmarks/benchmarkSource.ts';
import { benchmarkOf } from '../../engine/benchmarks/index.ts';
import { permutation } from '../../engine/random/permutation.ts';
import { hashOfFile } from '../prepare/sources.ts';
import { benchmarkFile } from './benchmarkPaths.ts';
import { readBenchmark } from './readBenchmark.ts';

export interface OpeningOptions {
  readonly seed: number;
  /** Paths start at its folder. */
  readonly configPath: string;
  readonly parquet: ParquetReader;
  /** Files of published benchmarks, by name, where an entry names none. */
  readonly paths?: Readonly<Record<string, string>>;
}

/** Throws as `readBenchmark` does, and 'badConfig' where nobody names the file. */
export async function openBenchmark(
  entry: BenchmarkEntry,
  { seed, configPath, parquet, paths = {} }: OpeningOptions,
): Promise<OpenBenchmark> {
  const name = benchmarkName(entry);
  if ('task' in entry) {
    const problems = arithmeticProblems(entry.task, seed, entry.problems);
    return { name, data: name, others: 0, bad: new Map(), published: null, ...asked(entry, problems, ARITHMETIC) };
  }
  const benchmark = benchmarkOf(entry);
  const path = benchmarkFile(entry, configPath, paths);
  const { problems, others, bad } = await readBenchmark(path, benchmark, { seed, parquet });
  const drawn = drawnBySeed(problems, entry.problems ?? problems.length, seed);
  const published = Number.isFinite(benchmark.size) ? { found: problems.length, whole: benchmark.size } : null;
  return { name, data: await hashOfFile(path), others, bad, published, ...asked(entry, drawn, benchmark) };
}

function asked(
  entry: BenchmarkEntry,
  problems: readonly BenchmarkProblem[],
  standard: { readonly samplesPerProblem: number; readonly instruction: string },
): Pick<OpenBenchmark, 'problems' | 'samplesPerProblem' | 'instruction'> {
  const instruction = entry.instruction ?? standard.instruction;
  return {
    instruction,
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
