/** Pre-flight of rows that are learned or measured on: a file that is not there, and settings that are not for rows. */
import { benchmarkFiles, missingFiles, type NamedFile } from './checksOfPrepare.ts';
import type { Say, Tell } from './checkTelling.ts';
import { valueAt } from './explain.ts';
import type { Finding } from './finding.ts';
import { isNewModel, rowsOf } from './plan.ts';
import { promptRowsOf } from './planGrpo.ts';
import { areLearned, type RowsConfig } from './rowsSchema.ts';
import type { EvaluateConfig, GrpoConfig, ModelRunConfig, SftConfig } from './schema.ts';

/** The rows that a config names, to be learned or asked; null where it takes problems of a task. */
export function rowsIn(config: ModelRunConfig): RowsConfig | null {
  switch (config.recipe) {
    case 'sft':
    case 'dpo':
      return rowsOf(config);
    case 'grpo':
      return promptRowsOf(config);
    case 'evaluate':
      return config.benchmarks ? null : (config.data ?? null);
    case 'sample':
      return null;
    default:
      return config satisfies never;
  }
}

export function checkRowsPath(config: ModelRunConfig, isThere: (path: string) => boolean, error: Tell): Finding[] {
  const rows = rowsIn(config);
  if (rows === null) return [];
  const files: readonly NamedFile[] = [
    [['data', 'path'], rows.path],
    ...benchmarkFiles(['data'], areLearned(rows) ? rows.benchmarks : []),
  ];
  return missingFiles(files, isThere, error);
}

/** For a config that names rows. */
export function checkRows(config: SftConfig | GrpoConfig | EvaluateConfig, say: Say): Finding[] {
  const { error, warning, written } = say;
  const unused = [['task'], ['training', 'completionOnlyLoss']].filter((path) => valueAt(written, path) !== undefined);
  const findings = unused.map((path) =>
    warning(
      path,
      '`{0}` has no effect on rows of a file',
      path[0] === 'training' ? 'Remove it; what is learned of a row is said by `data.lossOn`.' : 'Remove it.',
      [path.at(-1) ?? ''],
    ),
  );
  if (!isNewModel(config.model)) return findings;
  const isNew = error(
    ['model'],
    'rows are read with the tokenizer of a model: a new one has none',
    'Name a folder in `model.path`, or a run or checkpoint that came from one in `model.checkpoint`.',
    [],
  );
  return [isNew, ...findings];
}
