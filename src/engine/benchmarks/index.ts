/** All benchmarks that lie in files of their publishers. */
import type { BenchmarkEntry, BenchmarkName } from '../../config/benchmarkSchema.ts';
import { aime2024 } from './aime2024.ts';
import { aime2025 } from './aime2025.ts';
import { amc2023 } from './amc2023.ts';
import type { Benchmark } from './benchmark.ts';
import { gpqa } from './gpqa.ts';
import { gsm8k } from './gsm8k.ts';
import { math500 } from './math500.ts';
import { minervaMath } from './minervaMath.ts';
import { olympiadBench } from './olympiadBench.ts';
import { ownFile } from './ownFile.ts';

const published: Readonly<Record<BenchmarkName, Benchmark>> = {
  'math-500': math500,
  'aime-2024': aime2024,
  'aime-2025': aime2025,
  'amc-2023': amc2023,
  gsm8k,
  'minerva-math': minervaMath,
  olympiadbench: olympiadBench,
  'gpqa-diamond': gpqa,
};

export const benchmarks: readonly Benchmark[] = Object.values(published);

/** The benchmark that an entry with a file names. */
export const benchmarkOf = (entry: Exclude<BenchmarkEntry, { task: unknown }>): Benchmark =>
  'columns' in entry ? ownFile(entry) : published[entry.name];
