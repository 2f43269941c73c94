/** Configs that the editor writes for a person: measure or ask a checkpoint of a run. */
import { BENCHMARK_NAMES } from '../config/benchmarkSchema.ts';
import { composeBenchmarks, composeEvaluation, composeSample } from '../config/compose.ts';
import type { TrainingRunConfig } from '../config/schema.ts';

const NAME_LIMIT = 80;

/** Everything but the model stays as in the run that is measured, so that scores can be compared. */
export const evaluationConfig = (run: TrainingRunConfig, checkpoint: string, name: string): string =>
  text({ ...composeEvaluation(checkpoint, run), name });

/** `benchmarks` are names of published ones; the trainer hears of their files by its environment. */
export const benchmarksConfig = (
  run: TrainingRunConfig,
  checkpoint: string,
  name: string,
  benchmarks: readonly string[],
): string => {
  const wishes = BENCHMARK_NAMES.filter((known) => benchmarks.includes(known)).map((known) => ({ name: known }));
  return text({ ...composeBenchmarks(checkpoint, wishes, run), name });
};

export interface Question {
  readonly prompt: string;
  readonly temperature: number;
  readonly seed: number;
}

export const sampleConfig = (run: TrainingRunConfig, checkpoint: string, name: string, question: Question): string =>
  text({ ...composeSample(checkpoint, question, run), name });

/** `arithmetic, step 1,200`, short enough for a name. */
export function nameFor(runName: string, step: number): string {
  const end = ` · step ${step}`;
  return `${runName.slice(0, NAME_LIMIT - end.length)}${end}`;
}

const text = (config: object): string => `${JSON.stringify(config, null, 2)}\n`;
