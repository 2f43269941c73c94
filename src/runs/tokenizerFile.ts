/** The tokenizer.json of a checkpoint, for whoever wants to know what its model can read before asking it. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { checkpointStep, RUN_FOLDER } from '../protocol/runFolder.ts';

const NAME = 'tokenizer.json';
const LARGEST = 64 << 20;

/** Of a checkpoint, or of the newest one of a run. Null where there is none that can be read: the trainer will say why. */
export async function readTokenizerFile(folder: string): Promise<unknown> {
  const checkpoints = await readdir(join(folder, RUN_FOLDER.checkpoints)).catch(() => []);
  const newest = checkpoints
    .filter((name) => checkpointStep(name) !== null)
    .sort((a, b) => (checkpointStep(b) ?? 0) - (checkpointStep(a) ?? 0))
    .map((name) => join(folder, RUN_FOLDER.checkpoints, name));
  for (const place of [folder, ...newest]) {
    const value = await readJson(join(place, NAME));
    if (value !== null) return value;
  }
  return null;
}

async function readJson(file: string): Promise<unknown> {
  const info = await stat(file).catch(() => null);
  if (info === null || info.size > LARGEST) return null;
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch {
    return null; // torn or foreign: the trainer refuses it with its reason
  }
}
