/** Whether two runs were measured in the same way, as far as their configs tell. */
import { rowsIn } from '../../config/checksOfRows.ts';
import { areLearned } from '../../config/rowsSchema.ts';
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

/** What the template of prompts is told, and what is said after each problem, where rows are measured. */
const TEMPLATE_KEY = 'data.chatTemplateKwargs';
const INSTRUCTION_KEY = 'data.instruction';

export function mismatchesOf(one: string, other: string): Mismatch[] {
  const [before, after] = [measuredBy(one), measuredBy(other)];
  const keys = [...KEYS.map((key) => `evaluation.${key}`), TEMPLATE_KEY, INSTRUCTION_KEY];
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
  const rows = rowsIn(config);
  return Object.fromEntries([
    ...KEYS.map((key) => [`evaluation.${key}`, JSON.stringify(evaluation[key])]),
    [TEMPLATE_KEY, JSON.stringify(rows?.chatTemplateKwargs ?? {})],
    [INSTRUCTION_KEY, JSON.stringify(rows && !areLearned(rows) ? (rows.instruction ?? '') : '')],
  ]) as Record<string, string | undefined>;
}
