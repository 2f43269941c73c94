/** What a recipe is given of benchmarks: their problems, opened where files are read, and who grades the answers. */
import type { BenchmarkEntry } from '../../config/benchmarkSchema.ts';
import type { GradeRecord } from '../../protocol/grading.ts';
import type { BenchmarkGrader, BenchmarkProblem } from './benchmark.ts';

export interface OpenBenchmark {
  readonly name: string;
  readonly samplesPerProblem: number;
  /** SHA-256 of the file, or the name of the task that makes the problems. */
  readonly data: string;
  /** What is said after each problem; may be empty. */
  readonly instruction: string;
  /** `prompt` is problem and instruction, as the user of a chat says them. */
  readonly problems: readonly AskedProblem[];
  /** Rows of other sets in the same file. */
  readonly others: number;
  /** Rows that cannot be read: why, and how many. */
  readonly bad: ReadonlyMap<string, number>;
  /** Problems of a published set: in this file, and as it was published; null for what was published nowhere. */
  readonly published: { readonly found: number; readonly whole: number } | null;
}

export type AskedProblem = BenchmarkProblem & { readonly prompt: string };

export interface GradingJob {
  readonly grader: BenchmarkGrader;
  readonly gold: string;
  /** What the model wrote, whole. */
  readonly prediction: string;
}

export interface BenchmarkSource {
  /** `seed` draws problems and shuffles choices. Throws 'badDataset', 'badConfig' and the failures of files. */
  open(entry: BenchmarkEntry, seed: number): Promise<OpenBenchmark>;
  /** In a process that can be killed, where it may take long. Never rejects for what texts do. */
  grade(job: GradingJob): Promise<GradeRecord>;
}
