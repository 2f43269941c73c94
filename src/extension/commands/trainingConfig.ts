/** The config of a training that a command is about: found, saved and sound. */
import { type Uri, window } from 'vscode';
import { learnsExamples } from '../../config/plan.ts';
import type { RunConfig } from '../../config/schema.ts';
import type { Parts } from '../parts.ts';
import { checkedConfig, configFor, tellProblem } from './startRun.ts';

/** Null where none was chosen, or where it is wrong or learns no given examples, which is told. */
export async function trainingConfig(
  parts: Parts,
  config: unknown,
  title: string,
  accepts: (config: RunConfig) => boolean = learnsExamples,
): Promise<Uri | null> {
  const uri = await configFor(parts, config, title);
  if (uri === null) return null;
  const parsed = await checkedConfig(parts, uri);
  if (!parsed.ok) await tellProblem(parts, uri, parsed);
  else if (accepts(parsed.config)) return uri;
  else
    void window.showWarningMessage(
      parts.say('This config learns no given examples. Choose one of the recipes sft and dpo.'),
    );
  return null;
}
