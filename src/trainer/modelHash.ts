/** Tells the weights of one model from those of another. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { describeCheckpoint } from '../data/checkpointFolder.ts';
import { CHECKPOINT_FILES } from '../data/checkpointManifest.ts';
import { type ReadPort, realFiles } from '../data/files.ts';
import { filesWithin } from '../data/folderFiles.ts';
import { openModelFolder } from '../data/modelFolder.ts';

const PIECE = 4 << 20;

/**
 * SHA-256 of the file of weights, or of the hashes of several: of a checkpoint as its manifest tells it, of a model's folder
 * those that are read. Throws what `openModelFolder` throws.
 */
export async function modelHash(folder: string): Promise<string> {
  const told = describeCheckpoint(folder)?.manifest.files.find(({ name }) => name === CHECKPOINT_FILES.model);
  if (told) return told.sha256;
  const names = new Set([...openModelFolder(folder).tensors.values()].map(({ file }) => file));
  const hashes: string[] = [];
  for (const name of [...names].sort())
    hashes.push(await hashWithin(filesWithin(folder, realFiles), join(folder, name)));
  const [only = ''] = hashes;
  return hashes.length === 1 ? only : createHash('sha256').update(hashes.join(' ')).digest('hex');
}

/** Piece by piece, so that others get their turn. */
async function hashWithin(files: ReadPort, path: string): Promise<string> {
  const hash = createHash('sha256');
  const buffer = new Uint8Array(PIECE);
  const fd = files.open(path, 'read');
  try {
    for (let position = 0; ;) {
      const count = files.read(fd, buffer, position);
      if (count === 0) return hash.digest('hex');
      hash.update(buffer.subarray(0, count));
      position += count;
      await setImmediate();
    }
  } finally {
    files.close(fd);
  }
}
