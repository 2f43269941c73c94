/** Whether two evaluations were measured in the same way: by what they tell of themselves, else as far as the configs of their runs tell. */
import { isModelRun } from '../../config/plan.ts';
import { rowsIn } from '../../config/checksOfRows.ts';
import { areLearned } from '../../config/rowsSchema.ts';
import type { EvaluationConfig } from '../../config/schema.ts';
import type { Mismatch } from '../../protocol/comparison.ts';
import { IDENTITY_KEYS, identityDifferences } from '../../protocol/evaluationIdentity.ts';
import { resolvedConfig } from '../export/origin.ts';
import type { StoredEvaluation } from './storedEvaluation.ts';

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

/** Other weights are what is compared, and other seeds are other draws of the same. */
const COMPARED = IDENTITY_KEYS.filter((key) => key !== 'model' && key !== 'seed');

/** Of two evaluations of the same benchmark. */
export function mismatchesOf(one: StoredEvaluation, other: StoredEvaluation): Mismatch[] {
  const [before, after] = [one.identity, other.identity];
  if (!before || !after) return mismatchesOfConfigs(one.runFolder, other.runFolder);
  return identityDifferences(before, after, COMPARED).flatMap((key) =>
    mismatchOf(key, textOf(before[key]), textOf(after[key])),
  );
}

const textOf = (value: string | number | null): string => (value === null ? '–' : String(value));

function mismatchesOfConfigs(one: string, other: string): Mismatch[] {
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
  const rows = isModelRun(config) ? rowsIn(config) : null;
  return Object.fromEntries([
    ...KEYS.map((key) => [`evaluation.${key}`, JSON.stringify(evaluation[key])]),
    [TEMPLATE_KEY, JSON.stringify(rows?.chatTemplateKwargs ?? {})],
    [INSTRUCTION_KEY, JSON.stringify(rows && !areLearned(rows) ? (rows.instruction ?? '') : '')],
  ]) as Record<string, string | undefined>;
}
