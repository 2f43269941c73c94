/** Pins a checkpoint of a live or ended run, or leaves it to the keeping policy again: a marker file, so no lock is needed. */
import { join } from 'node:path';
import { describeCheckpoint } from '../data/checkpointFolder.ts';
import { removeTree, writeNew } from '../data/durable.ts';
import { realFiles } from '../data/files.ts';
import { checkpointName, PINNED_MARKER, RUN_FOLDER } from '../protocol/runFolder.ts';
import { readMarker } from '../runs/facts.ts';
import { RunFailure } from '../engine/recipes/runFailure.ts';
import { said } from '../protocol/sentence.ts';

export async function setPinned(runFolder: string, step: number, isPinned: boolean): Promise<void> {
  if ((await readMarker(runFolder)) === null)
    throw new RunFailure('badCheckpoint', said`${runFolder} is no run folder.`);
  const folder = join(runFolder, RUN_FOLDER.checkpoints, checkpointName(step));
  const found = describeCheckpoint(folder);
  if (found === null) throw new RunFailure('badCheckpoint', said`There is no checkpoint ${folder}.`);
  if (found.pinned === isPinned) return;
  if (isPinned) writeNew(realFiles, join(folder, PINNED_MARKER), []);
  else removeTree(realFiles, join(folder, PINNED_MARKER));
  realFiles.syncFolder(folder);
}
