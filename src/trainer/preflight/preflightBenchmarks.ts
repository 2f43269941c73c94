/** The tool `preflight` of an evaluation: opens every benchmark as the run would, and says what is wrong with it, without a weight. */
import { fileURLToPath } from 'node:url';
import { type BenchmarkEntry, benchmarkName } from '../../config/benchmarkSchema.ts';
import type { EvaluateConfig } from '../../config/schema.ts';
import { ARITHMETIC } from '../../engine/benchmarks/arithmeticProblems.ts';
import { type Asking, askedBenchmark } from '../../engine/benchmarks/askedBenchmark.ts';
import { benchmarkFindings } from '../../engine/benchmarks/benchmarkFindings.ts';
import { isOwnTask } from '../../engine/recipes/benchmarkList.ts';
import type { EvaluationPreflight, PreflightBenchmark, PreflightFinding } from '../../protocol/preflight.ts';
import { phrase } from '../../protocol/sentence.ts';
import { BenchmarkFiles } from '../benchmarks/benchmarkFiles.ts';
import { benchmarkPaths } from '../benchmarks/benchmarkPaths.ts';
import { runErrorOf } from '../failure.ts';
import { openModelText } from '../modelText.ts';
import { parquetApart } from '../prepare/parquetApart.ts';
import { givenModel, type PreflightPrograms } from './training.ts';

export interface BenchmarksPreflightOptions {
  readonly config: EvaluateConfig;
  /** Relative paths of the config start in its folder. */
  readonly configPath: string;
  readonly programs: PreflightPrograms;
  readonly onProgress: (done: number, total: number) => void;
}

/** Throws the typed failures of model, tokenizer and template; those of a benchmark are findings. */
export async function preflightBenchmarks(options: BenchmarksPreflightOptions): Promise<EvaluationPreflight> {
  const { config, configPath, programs } = options;
  const { folder, model } = givenModel(config, configPath);
  const text = await openModelText(folder, fileURLToPath(programs.template));
  const parquet = parquetApart(programs.parquet);
  const paths = benchmarkPaths(process.env);
  const source = new BenchmarkFiles({ configPath, parquet, paths, grading: programs.grading });
  const { chatTemplateKwargs = {}, evaluation } = config;
  const asking = { source, text, window: model.maxPositions, seed: evaluation.seed, chatTemplateKwargs };
  try {
    return await look(config.benchmarks ?? [], asking, options.onProgress);
  } finally {
    text.template?.close();
    await source.close();
  }
}

async function look(
  entries: readonly BenchmarkEntry[],
  asking: Asking,
  onProgress: BenchmarksPreflightOptions['onProgress'],
): Promise<EvaluationPreflight> {
  const benchmarks: PreflightBenchmark[] = [];
  const findings: PreflightFinding[] = [];
  for (const [place, entry] of entries.entries()) {
    onProgress(place, entries.length);
    const looked = await lookAt(entry, place, asking);
    if (looked.benchmark) benchmarks.push(looked.benchmark);
    findings.push(...looked.findings);
  }
  const gravity = { error: 0, warning: 1, hint: 2 } as const;
  findings.sort((a, b) => gravity[a.severity] - gravity[b.severity]);
  return { v: 1, kind: 'evaluation', benchmarks, findings };
}

interface Looked {
  /** Null where it cannot be measured. */
  readonly benchmark: PreflightBenchmark | null;
  readonly findings: readonly PreflightFinding[];
}

async function lookAt(entry: BenchmarkEntry, place: number, asking: Asking): Promise<Looked> {
  const { temperature, maxNewTokens } = entry;
  const name = benchmarkName(entry);
  if (isOwnTask(entry, asking.text)) {
    const { problems, samplesPerProblem = ARITHMETIC.samplesPerProblem } = entry;
    return {
      benchmark: { name, problems, samplesPerProblem, longestPrompt: 0, temperature, maxNewTokens },
      findings: [],
    };
  }
  try {
    const { facts } = await askedBenchmark(entry, asking);
    const { problems, samplesPerProblem, longestPrompt } = facts;
    const findings = benchmarkFindings(facts).map(({ severity, key, said, remedy }): PreflightFinding => ({
      ...{ topic: 'benchmark', severity, said, remedy },
      path: ['benchmarks', place, key],
    }));
    return { benchmark: { name, problems, samplesPerProblem, longestPrompt, temperature, maxNewTokens }, findings };
  } catch (error) {
    return { benchmark: null, findings: [failed(error, place)] };
  }
}

/** Rethrows what is no expected failure. */
function failed(error: unknown, place: number): PreflightFinding {
  const { code, message, said, remedy, remedySaid } = runErrorOf(error);
  if (code === 'internal') throw error;
  return {
    topic: 'benchmark',
    severity: 'error',
    path: ['benchmarks', place, 'path'],
    said: said ?? phrase(message),
    remedy: remedySaid ?? (remedy === undefined ? null : phrase(remedy)),
  };
}
