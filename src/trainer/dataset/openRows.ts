/** Finds the rows that a config of a training or an evaluation names. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { rowsIn } from '../../config/checksOfRows.ts';
import { sequencesTogether } from '../../config/plan.ts';
import type { ModelRunConfig } from '../../config/schema.ts';
import { realFiles } from '../../data/files.ts';
import { RunFailure } from '../../engine/recipes/runFailure.ts';
import { RUN_FOLDER } from '../../protocol/runFolder.ts';
import { said } from '../../protocol/sentence.ts';
import { runsRootOf } from '../../runs/runsRoot.ts';
import type { OpenModelText } from '../modelText.ts';
import { parquetApart } from '../prepare/parquetApart.ts';
import { makeCacheFolder } from '../prepare/preparation.ts';
import type { RowsPrograms } from '../prepare/rowsMessages.ts';
import { pathFrom } from '../prepare/sources.ts';
import { EncodedRows } from './encodedRows.ts';

/** Null where the config names none. Throws `badDataset` for a folder that is not that of one subset. */
export function openRows(
  config: ModelRunConfig,
  configPath: string,
  text: OpenModelText,
  programs: RowsPrograms,
): EncodedRows | null {
  const data = rowsIn(config);
  if (data === null) return null;
  const cacheFolder = join(runsRootOf(configPath), '.valley', 'cache', 'examples');
  makeCacheFolder(realFiles, cacheFolder);
  return new EncodedRows({
    data,
    isPaired: sequencesTogether(config) === 2,
    path: dataFile(pathFrom(configPath, data.path)),
    text,
    textKey: textKey(text),
    cacheFolder,
    files: realFiles,
    parquet: parquetApart(programs.parquet),
  });
}

const textKey = ({ tokenizer, template }: OpenModelText): string =>
  createHash('sha256')
    .update(JSON.stringify([tokenizer.toJson(), tokenizer.endTokens, template?.source ?? null]))
    .digest('hex');

/** The file itself, or the only subset of a run of `prepare`. */
export function dataFile(path: string): string {
  if (!existsSync(path) || !statSync(path).isDirectory()) return path;
  const folder = existsSync(join(path, RUN_FOLDER.data)) ? join(path, RUN_FOLDER.data) : path;
  const subsets = readdirSync(folder).filter((name) => name.endsWith('.jsonl'));
  const [only] = subsets;
  if (only !== undefined && subsets.length === 1) return join(folder, only);
  throw new RunFailure(
    'badDataset',
    subsets.length === 0
      ? said`The folder ${path} has no subset that the recipe prepare wrote.`
      : said`The folder ${path} has several subsets: ${subsets.join(', ')}.`,
    'Name one file in data.path.',
  );
}
