/** Configs that the editor writes for a person: measure or ask a checkpoint of a run. */
import type { SftConfig } from '../config/schema.ts';

const NAME_LIMIT = 80;

/** Everything but the model stays as in the run that is measured, so that scores can be compared. */
export function evaluationConfig(run: SftConfig, checkpoint: string, name: string): string {
  const { everySteps: _everySteps, atStart: _atStart, ...evaluation } = run.evaluation;
  return text({ recipe: 'evaluate', ...shared(run, checkpoint, name), task: run.task, evaluation });
}

export interface Question {
  readonly prompt: string;
  readonly temperature: number;
  readonly seed: number;
}

export function sampleConfig(run: SftConfig, checkpoint: string, name: string, question: Question): string {
  const { everySteps: _everySteps, ...sampling } = run.sampling;
  const { prompt, temperature, seed } = question;
  return text({
    recipe: 'sample',
    ...shared(run, checkpoint, name),
    seed,
    prompt,
    sampling: { ...sampling, completions: 1, temperature },
  });
}

/** `arithmetic, step 1,200`, short enough for a name. */
export function nameFor(runName: string, step: number): string {
  const end = ` · step ${step}`;
  return `${runName.slice(0, NAME_LIMIT - end.length)}${end}`;
}

const shared = ({ seed, device, executor, threads }: SftConfig, checkpoint: string, name: string): object => ({
  name,
  seed,
  device,
  executor,
  threads,
  model: { checkpoint },
});

const text = (config: object): string => `${JSON.stringify(config, null, 2)}\n`;
