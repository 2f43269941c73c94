/** The config of a run as it was run, and how its paths read from elsewhere. */
import { readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { RUN_FOLDER } from '../protocol/runFolder.ts';
import { readLease } from './facts.ts';

export interface ConfigAsRun {
  readonly text: string;
  /** The folder of the config that the run was started from, absolute: its paths start there. */
  readonly home: string;
  readonly runFolder: string;
}

/** Null where the run folder holds none. */
export async function configAsRun(runFolder: string): Promise<ConfigAsRun | null> {
  const text = await readFile(join(runFolder, RUN_FOLDER.config), 'utf8').catch(() => null);
  if (text === null) return null;
  const configPath = (await readLease(runFolder))?.configPath ?? '';
  return { text, home: configPath === '' ? runFolder : dirname(configPath), runFolder };
}

/** A path that is written in one folder, as it is to be written in another. */
export const movedPath = (path: string, from: string, to: string): string =>
  relative(to, resolve(from, path)).split(sep).join('/');
