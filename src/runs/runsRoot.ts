/** Where runs live: `<root>/.valley/runs/`, one folder each. */
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { runFolderName } from './runName.ts';

const SIGNS_OF_A_ROOT = ['.valley', '.vscode', '.git'];

/** The nearest folder above a config that looks like a workspace, else the config's own folder. */
export function runsRootOf(configFile: string): string {
  const own = dirname(resolve(configFile));
  for (let folder = own; ; folder = dirname(folder)) {
    if (SIGNS_OF_A_ROOT.some((sign) => existsSync(join(folder, sign)))) return folder;
    if (dirname(folder) === folder) return own;
  }
}

export const runsFolderOf = (root: string): string => join(root, '.valley', 'runs');

/** A path for a new run that does not exist yet. Makes nothing: only the trainer writes. */
export function newRunFolder(root: string, name: string, at: Date): string {
  const first = join(runsFolderOf(root), runFolderName(name, at));
  let folder = first;
  for (let count = 2; existsSync(folder); count++) folder = `${first}-${count}`;
  return folder;
}
