/** Tells the weights of one model from those of another. */
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describeCheckpoint } from '../data/checkpointFolder.ts';
import { ADAPTER_FILES, CHECKPOINT_FILES } from '../data/checkpointManifest.ts';
import { hashOfFile } from './prepare/sources.ts';

/** SHA-256 of the file of weights, or of the hashes of several: of a checkpoint as its manifest tells it. */
export async function modelHash(folder: string): Promise<string> {
  const told = describeCheckpoint(folder)?.manifest.files.find(({ name }) => name === CHECKPOINT_FILES.model);
  if (told) return told.sha256;
  const names = readdirSync(folder).filter((name) => name.endsWith('.safetensors') && name !== ADAPTER_FILES.adapter);
  const hashes: string[] = [];
  for (const name of names.sort()) hashes.push(await hashOfFile(join(folder, name)));
  const [only = ''] = hashes;
  return hashes.length === 1 ? only : createHash('sha256').update(hashes.join(' ')).digest('hex');
}
