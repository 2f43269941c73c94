/** The config that a command is about: found, saved and sound. */
import { type Uri, window } from 'vscode';
import { learnsExamples, trains } from '../../config/plan.ts';
import type { RunConfig } from '../../config/schema.ts';
import type { Parts } from '../parts.ts';
import { checkedConfig, configFor, tellProblem } from './startRun.ts';

/** Null where none was chosen, or where it is wrong or learns no given examples, which is told. */
export const trainingConfig = (parts: Parts, config: unknown, title: string): Promise<Uri | null> =>
  fittingConfig(parts, config, title, learnsExamples);

/** The same with all that trains, and what measures benchmarks. */
export const examinedConfig = (parts: Parts, config: unknown, title: string): Promise<Uri | null> =>
  fittingConfig(parts, config, title, isExamined);

export const isExamined = (config: RunConfig): boolean =>
  trains(config) || (config.recipe === 'evaluate' && config.benchmarks !== undefined);

async function fittingConfig(
  parts: Parts,
  config: unknown,
  title: string,
  fits: (config: RunConfig) => boolean,
): Promise<Uri | null> {
  const uri = await configFor(parts, config, title);
  if (uri === null) return null;
  const parsed = await checkedConfig(parts, uri);
  if (!parsed.ok) await tellProblem(parts, uri, parsed);
  else if (fits(parsed.config)) return uri;
  else
    void window.showWarningMessage(
      parts.say('This config learns no given examples. Choose one of the recipes sft and dpo.'),
    );
  return null;
}
