/** RUN or RUN@STEP on the command line: an evaluation that a run keeps. */
import { isTrainingRecipe } from '../protocol/events.ts';
import type { Console } from './console.ts';
import { locateRun } from './locate.ts';

export interface RunAtStep {
  /** Absolute. */
  readonly folder: string;
  /** Digits; null for the newest. */
  readonly step: string | null;
}

export async function runAtStep(word: string, console: Console): Promise<RunAtStep> {
  const [, run = word, step = null] = /^(.+)@(\d{1,8})$/.exec(word) ?? [];
  const folder = await locateRun(run, console, {
    accepts: ({ recipe }) => isTrainingRecipe(recipe) || recipe === 'evaluate' || recipe === 'ladder',
  });
  return { folder, step };
}
