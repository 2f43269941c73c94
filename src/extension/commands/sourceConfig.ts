/** The config that a run really ran with, read back from its folder. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { trains } from '../../config/plan.ts';
import type { TrainingRunConfig } from '../../config/schema.ts';
import { RUN_FOLDER } from '../../protocol/runFolder.ts';
import type { RunWatcher } from '../runWatcher.ts';

/** Null where it cannot be read or the run has trained nothing. */
export async function readSourceConfig(run: RunWatcher): Promise<TrainingRunConfig | null> {
  const text = await readFile(join(run.folder, RUN_FOLDER.resolvedConfig), 'utf8').catch(() => null);
  if (text === null) return null;
  const { parseConfig } = await import('../../config/parseConfig.ts');
  const parsed = parseConfig(text, RUN_FOLDER.resolvedConfig);
  if (!parsed.ok) return null;
  const { config } = parsed;
  return trains(config) ? config : null;
}
