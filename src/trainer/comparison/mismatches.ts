/** Whether two runs were measured in the same way, as far as their configs tell. */
import { isModelRun } from '../../config/plan.ts';
import { rowsIn } from '../../config/checksOfRows.ts';
import type { EvaluationConfig } from '../../config/schema.ts';
import type { Mismatch } from '../../protocol/comparison.ts';
import { resolvedConfig } from '../export/origin.ts';

/** What a score depends on besides model and problems, in `evaluation`. */
const KEYS = [
  'samplesPerProblem',
  'temperature',
  'topP',
  'topK',
  'maxNewTokens',
  'stop',
] as const satisfies readonly (keyof EvaluationConfig)[];

/** What the template of prompts is told, where rows are measured. */
const TEMPLATE_KEY = 'data.chatTemplateKwargs';

export function mismatchesOf(one: string, other: string): Mismatch[] {
  const [before, after] = [measuredBy(one), measuredBy(other)];
  const keys = [...KEYS.map((key) => `evaluation.${key}`), TEMPLATE_KEY];
  return keys.flatMap((key) => mismatchOf(key, before[key] ?? null, after[key] ?? null));
}

/** One or none; null is what is not told. */
export const mismatchOf = (key: string, before: string | null, after: string | null): Mismatch[] =>
  before === after ? [] : [{ key, before: before ?? '?', after: after ?? '?' }];

/** Values as JSON, by key; nothing where this version does not understand the config. */
function measuredBy(runFolder: string): Readonly<Record<string, string | undefined>> {
  const config = resolvedConfig(runFolder);
  if (config === null || !('evaluation' in config)) return {};
  const { evaluation } = config;
  return Object.fromEntries([
    ...KEYS.map((key) => [`evaluation.${key}`, JSON.stringify(evaluation[key])]),
    [TEMPLATE_KEY, JSON.stringify((isModelRun(config) ? rowsIn(config) : null)?.chatTemplateKwargs ?? {})],
  ]) as Record<string, string | undefined>;
}
