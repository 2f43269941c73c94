/** What may be deleted: a run folder of ours where runs lie, and nothing else. */
import { lstat, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { readMarker } from '../runs/facts.ts';
import type { Say } from './say.ts';

/** A sentence that says why this folder must stay, or null if it may go. */
export async function whyNotDelete(runFolder: string, runsFolder: string, say: Say): Promise<string | null> {
  const info = await lstat(runFolder).catch(() => null);
  if (info === null) return say('{0} is gone already.', runFolder);
  if (info.isSymbolicLink() || !info.isDirectory())
    return say('{0} is a link or no folder. Remove it by hand if you mean it.', runFolder);
  const [real, realRuns] = await Promise.all([realpath(runFolder), realpath(runsFolder).catch(() => null)]);
  if (realRuns === null || dirname(real) !== realRuns || real !== join(realRuns, basename(runFolder)))
    return say('{0} does not lie directly in {1}. Remove it by hand if you mean it.', runFolder, runsFolder);
  if ((await readMarker(real)) === null)
    return say('{0} has no marker of a run, so it is not ours to delete.', runFolder);
  return null;
}
