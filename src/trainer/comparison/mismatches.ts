/** Whether two runs were measured in the same way, as far as their configs tell. */
import type { EvaluationConfig } from '../../config/schema.ts';
import type { Mismatch } from '../../protocol/comparison.ts';
import { resolvedConfig } from '../export/origin.ts';

/** What a score depends on besides model and problems. */
const KEYS = [
  'samplesPerProblem',
  'temperature',
  'topP',
  'topK',
  'maxNewTokens',
  'stop',
] as const satisfies readonly (keyof EvaluationConfig)[];

export function mismatchesOf(one: string, other: string): Mismatch[] {
  const [before, after] = [measuredBy(one), measuredBy(other)];
  return KEYS.flatMap((key) => mismatchOf(`evaluation.${key}`, before[key] ?? null, after[key] ?? null));
}

/** One or none; null is what is not told. */
export const mismatchOf = (key: string, before: string | null, after: string | null): Mismatch[] =>
  before === after ? [] : [{ key, before: before ?? '?', after: after ?? '?' }];

/** Values as JSON; nothing where this version does not understand the config. */
function measuredBy(runFolder: string): Readonly<Partial<Record<(typeof KEYS)[number], string>>> {
  const config = resolvedConfig(runFolder);
  if (config === null || !('evaluation' in config)) return {};
  const { evaluation } = config;
  return Object.fromEntries(KEYS.map((key) => [key, JSON.stringify(evaluation[key])]));
}
