/** From what a person types to a run folder or a checkpoint in it. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { isTrainingRecipe } from '../protocol/events.ts';
import { checkpointStep, RUN_FOLDER } from '../protocol/runFolder.ts';
import { translate } from '../protocol/translate.ts';
import { readMarker } from '../runs/facts.ts';
import { listRuns, type RunSummary } from '../runs/listRuns.ts';
import { runsFolderOf, runsRootOf } from '../runs/runsRoot.ts';
import { BadInput, type Console } from './console.ts';

export interface CheckpointPlace {
  /** Absolute: the folder of a checkpoint, or of a run (its newest good checkpoint). */
  readonly folder: string;
  /** The run it belongs to; null for a checkpoint that lies alone. */
  readonly runFolder: string | null;
}

type Accepts = (run: RunSummary) => boolean;

/**
 * A run folder by path, by the beginning of its name or id, or `latest`. Throws `BadInput`.
 * `latest` means the newest run that is `meant`, or the newest of all if none is.
 */
export async function locateRun(
  word: string,
  { cwd, strings }: Console,
  { accepts = () => true, meant = () => true }: { readonly accepts?: Accepts; readonly meant?: Accepts } = {},
): Promise<string> {
  const path = resolve(cwd, word);
  if (isFolder(path) && (await readMarker(path)) !== null) return path;
  const root = runsRootOf(join(cwd, 'any'));
  const runs = (await runsNear(root)).filter(accepts);
  const isNamed: Accepts = ({ folder, runId }) => basename(folder).startsWith(word) || runId === word;
  const latest = runs.find(meant) ?? runs[0];
  const matching = word !== 'latest' ? runs.filter(isNamed) : latest ? [latest] : [];
  const [first, second] = matching;
  if (first && !second) return first.folder;
  if (!first)
    throw new BadInput(
      translate(strings, '{0} is no run folder, and no run in {1} starts with that name.', word, runsFolderOf(root)),
    );
  const names = matching.slice(0, 5).map(({ folder }) => basename(folder));
  throw new BadInput(
    translate(strings, '{0} is the beginning of several runs: {1}. Type more of the name.', word, names.join(', ')),
  );
}

/** The runs of a root and of the workspaces that lie directly in it (a checkout with its examples), newest first. */
async function runsNear(root: string): Promise<RunSummary[]> {
  const below = readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== 'node_modules')
    .map(({ name }) => runsFolderOf(join(root, name)));
  const found = await Promise.all([runsFolderOf(root), ...below].filter(isFolder).map(listRuns));
  return found.flat().sort((a, b) => b.startedAt - a.startedAt || (basename(a.folder) < basename(b.folder) ? 1 : -1));
}

/** A checkpoint folder by path, a training of a ladder by path, or whatever training run `locateRun` finds. Throws `BadInput`. */
export async function locateCheckpoint(word: string, console: Console): Promise<CheckpointPlace> {
  const path = resolve(console.cwd, word);
  if (await isTraining(path)) return { folder: path, runFolder: path };
  if (!existsSync(join(path, 'manifest.json'))) {
    const runFolder = await locateRun(word, console, { accepts: ({ recipe }) => isTrainingRecipe(recipe) });
    return { folder: runFolder, runFolder };
  }
  const runFolder = dirname(dirname(path));
  const isRun = (await readMarker(runFolder)) !== null || (await isTraining(runFolder));
  const isInRun = checkpointStep(basename(path)) !== null && isRun;
  return { folder: path, runFolder: isInRun ? runFolder : null };
}

/** Whether it is the folder of a training of a ladder, which is laid out like a run's. */
const isTraining = async (path: string): Promise<boolean> =>
  basename(dirname(path)) === RUN_FOLDER.cells && (await readMarker(dirname(dirname(path)))) !== null;

/** Throws `BadInput` if something lies where a new run folder is to be made. */
export function newFolder(word: string, { cwd, strings }: Console): string {
  const path = resolve(cwd, word);
  if (!existsSync(path)) return path;
  throw new BadInput(translate(strings, '--out {0}: something is already there. Choose a new folder.', path));
}

/** The config of a run with every default filled in, as a file. */
export const resolvedConfigOf = (runFolder: string): string => join(runFolder, RUN_FOLDER.resolvedConfig);

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
