/** The tools of pre-flight as the process runs them: a config's file in, plain data out. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { formatProblem } from '../../config/configProblem.ts';
import { parseConfig } from '../../config/parseConfig.ts';
import { learnsExamples } from '../../config/plan.ts';
import type { ExampleRunConfig, RunConfig } from '../../config/schema.ts';
import { RunFailure } from '../../engine/recipes/runFailure.ts';
import type { ExamplePreview } from '../../protocol/examplePreview.ts';
import type { EvaluationPreflight, PreflightProgress, PreflightReport } from '../../protocol/preflight.ts';
import { said, saidBy } from '../../protocol/sentence.ts';
import type { ExampleInvocation } from '../invocation.ts';
import { policyPreflight } from './policyPreflight.ts';
import { preflight } from './preflight.ts';
import { preflightBenchmarks } from './preflightBenchmarks.ts';
import { previewExamples } from './previewExamples.ts';
import type { PreflightPrograms } from './training.ts';

/** Progress is told at most so many times. */
const TICKS = 100;

export async function preflightOf(
  { config: file, isAll }: { readonly config: string; readonly isAll: boolean },
  programs: PreflightPrograms,
  tell: (progress: PreflightProgress) => void,
): Promise<PreflightReport | EvaluationPreflight> {
  const configPath = resolve(file);
  let ticks = 0;
  const onProgress = (done: number, total: number): void => {
    if ((done / total) * TICKS < ticks) return;
    ticks = Math.floor((done / total) * TICKS) + 1;
    tell({ type: 'progress', done, total });
  };
  const config = soundConfig(configPath);
  if (config.recipe === 'evaluate' && config.benchmarks)
    return preflightBenchmarks({ config, configPath, programs, onProgress });
  if (config.recipe === 'grpo') return policyPreflight({ config, configPath, programs, isAll, onProgress });
  return preflight({ config: trainingIn(config, configPath), configPath, programs, isAll, onProgress });
}

export async function examplesOf(
  { config: file, row, count, isBrief }: ExampleInvocation,
  programs: PreflightPrograms,
): Promise<ExamplePreview> {
  const configPath = resolve(file);
  return previewExamples({
    config: trainingConfig(configPath),
    configPath,
    programs,
    row,
    count,
    isBrief,
  });
}

const trainingConfig = (file: string): ExampleRunConfig => trainingIn(soundConfig(file), file);

/** Throws 'badConfig' for a recipe that learns no given examples. */
function trainingIn(config: RunConfig, file: string): ExampleRunConfig {
  if (learnsExamples(config)) return config;
  throw new RunFailure('badConfig', said`${file} has the recipe ${config.recipe}, which learns no given examples.`);
}

/** Throws 'badConfig' for a config that is wrong. */
function soundConfig(file: string): RunConfig {
  const parsed = parseConfig(textOf(file), file);
  if (parsed.ok) return parsed.config;
  throw new RunFailure('badConfig', parsed.problems.map(formatProblem).join('\n'));
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new RunFailure('badConfig', said`${file} cannot be read: ${saidBy(error)}`);
  }
}
