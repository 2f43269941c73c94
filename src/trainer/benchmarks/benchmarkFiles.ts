/** Benchmarks as a run is given them: read from files of this machine, graded in processes that can be killed. */
import { availableParallelism } from 'node:os';
import type { BenchmarkEntry } from '../../config/benchmarkSchema.ts';
import type { ParquetReader } from '../../data/rows/rowBlocks.ts';
import type { BenchmarkSource, GradingJob, OpenBenchmark } from '../../engine/benchmarks/benchmarkSource.ts';
import type { GradeRecord } from '../../protocol/grading.ts';
import { GradingPool } from '../grading/gradingPool.ts';
import { openBenchmark } from './openBenchmark.ts';

export interface BenchmarkFilesOptions {
  /** Paths start at its folder. */
  readonly configPath: string;
  readonly parquet: ParquetReader;
  /** Files of published benchmarks, by name, where an entry names none. */
  readonly paths: Readonly<Record<string, string>>;
  /** The bundled gradingProcess.ts. */
  readonly grading: URL;
}

/** Beside generation, which has the processor. */
const MOST_PROCESSES = 2;

export class BenchmarkFiles implements BenchmarkSource {
  private readonly options: BenchmarkFilesOptions;
  private readonly pool: GradingPool;

  constructor(options: BenchmarkFilesOptions) {
    this.options = options;
    const processes = Math.min(MOST_PROCESSES, availableParallelism());
    this.pool = new GradingPool({ script: options.grading, processes });
  }

  open(entry: BenchmarkEntry, seed: number): Promise<OpenBenchmark> {
    return openBenchmark(entry, { ...this.options, seed });
  }

  grade(job: GradingJob): Promise<GradeRecord> {
    return this.pool.grade({ ...job, options: { isStrict: false, pattern: null } });
  }

  /** Answers that are under way are given up. */
  close(): Promise<void> {
    return this.pool.close();
  }
}
