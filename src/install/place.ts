/** The folder in which an engine is put together, and its way into its place: never half. */
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { InstallFailure } from './installFailure.ts';

/** A folder beside the target; those of installations whose process is gone are cleared away first. */
export async function makePlace(folder: string): Promise<string> {
  const [above, prefix] = [dirname(folder), `${basename(folder)}.part-`];
  await mkdir(above, { recursive: true });
  for (const name of await readdir(above)) {
    const pid = Number(name.startsWith(prefix) ? name.slice(prefix.length).split('-')[0] : Number.NaN);
    if (pid > 0 && !isAlive(pid)) await rm(join(above, name), { recursive: true, force: true });
  }
  return mkdtemp(join(above, `${prefix}${process.pid}-`));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** The earlier engine stays until the new one is in its place. */
export async function moveInto(place: string, folder: string): Promise<void> {
  const earlier = `${place}-earlier`;
  try {
    const hadOne = await rename(folder, earlier).then(() => true, unlessMissing);
    await rename(place, folder).catch(async (error: unknown) => {
      if (hadOne) await rename(earlier, folder);
      throw error;
    });
  } catch (error) {
    throw new InstallFailure('inUse', [folder, wordsOf(error)]);
  }
  await rm(earlier, { recursive: true, force: true });
}

function unlessMissing(error: unknown): false {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
  throw error;
}

/** What the file system refuses becomes a failure that names the folder. */
export async function writable<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof InstallFailure || !(error instanceof Error && 'code' in error)) throw error;
    throw new InstallFailure('cannotWrite', [folder, error.message]);
  }
}

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
