/** The checkpoints of a run as they lie on disk: read only, cheap, for lists and questions. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ADAPTER_FILE, checkpointStep, PINNED_MARKER, RUN_FOLDER } from '../protocol/runFolder.ts';

export interface CheckpointOnDisk {
  /** Folder name under checkpoints/. */
  readonly name: string;
  readonly folder: string;
  readonly step: number;
  readonly bytes: number;
  readonly time: number;
  readonly score: number | null;
  readonly pinned: boolean;
  /** Whether LoRA adapters lie beside the merged model. */
  readonly hasAdapter: boolean;
}

const MANIFEST_LIMIT = 1 << 20;

/** Newest first. A folder without a readable manifest is no checkpoint and is left out. */
export async function listCheckpoints(runFolder: string): Promise<CheckpointOnDisk[]> {
  const parent = join(runFolder, RUN_FOLDER.checkpoints);
  const names = await readdir(parent).catch(() => []);
  const read = names.map(async (name) => {
    const step = checkpointStep(name);
    return step === null ? null : readManifest(join(parent, name), name, step);
  });
  return (await Promise.all(read)).filter((found) => found !== null).sort((a, b) => b.step - a.step);
}

async function readManifest(folder: string, name: string, step: number): Promise<CheckpointOnDisk | null> {
  const path = join(folder, 'manifest.json');
  const info = await stat(path).catch(() => null);
  if (info === null || info.size > MANIFEST_LIMIT) return null;
  const manifest = parseObject(await readFile(path, 'utf8').catch(() => ''));
  if (manifest === null || manifest['step'] !== step || !Array.isArray(manifest['files'])) return null;
  const { time, score } = manifest;
  return {
    name,
    folder,
    step,
    bytes: sumOfBytes(manifest['files']),
    time: typeof time === 'number' ? time : info.mtimeMs,
    score: typeof score === 'number' ? score : null,
    pinned: (await stat(join(folder, PINNED_MARKER)).catch(() => null)) !== null,
    hasAdapter: manifest['files'].some((file: unknown) => memberOf(file, 'name') === ADAPTER_FILE),
  };
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null; // torn or foreign: the caller leaves it out
  }
}

const sumOfBytes = (files: readonly unknown[]): number =>
  files.reduce<number>((sum, file) => {
    const bytes = memberOf(file, 'bytes');
    return sum + (typeof bytes === 'number' ? bytes : 0);
  }, 0);

const memberOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Object.getOwnPropertyDescriptor(value, name)?.value : undefined;
