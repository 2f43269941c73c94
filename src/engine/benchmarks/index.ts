/** All benchmarks that lie in files of their publishers. */
import { aime2024 } from './aime2024.ts';
import { aime2025 } from './aime2025.ts';
import { amc2023 } from './amc2023.ts';
import type { Benchmark } from './benchmark.ts';
import { gpqa } from './gpqa.ts';
import { gsm8k } from './gsm8k.ts';
import { math500 } from './math500.ts';
import { minervaMath } from './minervaMath.ts';
import { olympiadBench } from './olympiadBench.ts';

export const benchmarks: readonly Benchmark[] = [
  math500,
  aime2024,
  aime2025,
  amc2023,
  gsm8k,
  minervaMath,
  olympiadBench,
  gpqa,
];
