/** Rules of the private socket: where it may lie, who may open it, and how its lines are cut. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { lstatSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** The shortest limit among platforms is 103; Node cuts longer paths without a word. */
export const SOCKET_PATH_LIMIT = 100;

/** A new secret for one trainer process: 256 bits in hexadecimal. */
export const newSecret = (): string => randomBytes(32).toString('hex');

/** Compares in a time that does not tell how much was right. */
export function secretsMatch(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return expected !== '' && timingSafeEqual(digest(given), digest(expected));
}

/** Start of the socket's file name: the same for all processes of one run folder, so that its leftovers can be found. */
export const socketPrefix = (runFolder: string): string =>
  createHash('sha256').update(runFolder).digest('hex').slice(0, 12);

/**
 * Addresses for a new socket, best first, none longer than the limit and each in a folder that only we can open:
 * the run folder itself, else a short folder of this user. On Windows a named pipe.
 */
export function socketCandidates(runFolder: string, env: NodeJS.ProcessEnv = process.env): string[] {
  const name = `${socketPrefix(runFolder)}-${randomBytes(4).toString('hex')}.sock`;
  if (process.platform === 'win32') return [`\\\\.\\pipe\\valley-${name}-${randomBytes(16).toString('hex')}`];
  return [runFolder, ...shortFolders(env)]
    .map((folder) => join(folder, name))
    .filter((path) => Buffer.byteLength(path) <= SOCKET_PATH_LIMIT);
}

/** From the kernel: in a container the account need not stand in /etc/passwd. */
const ownUid = (): number => process.getuid?.() ?? -1;

/** Folders for sockets outside the run folder; they may not exist yet. */
export function shortFolders(env: NodeJS.ProcessEnv = process.env): string[] {
  const bases = [env['XDG_RUNTIME_DIR'] ?? '', tmpdir(), '/tmp'];
  return [...new Set(bases.filter(isAbsolute).map((base) => join(base, `valley-${ownUid()}`)))];
}

/** Makes a folder for sockets where it is missing; false if it is not ours alone. */
export function isPrivateFolder(folder: string): boolean {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return false;
  }
  const stats = lstatSync(folder);
  return stats.isDirectory() && stats.uid === ownUid() && (stats.mode & 0o077) === 0;
}

/** Cuts a stream of bytes into lines; refuses a line longer than the limit. */
export class LineCutter {
  #waiting: Buffer[] = [];
  #length = 0;

  /** The lines that became whole, or null once a line is too long. */
  cut(chunk: Buffer, limit: number): string[] | null {
    const lines: string[] = [];
    let rest = chunk;
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      if (this.#length + end > limit) return null;
      lines.push(Buffer.concat([...this.#waiting, rest.subarray(0, end)]).toString('utf8'));
      this.#waiting = [];
      this.#length = 0;
      rest = rest.subarray(end + 1);
    }
    if (this.#length + rest.length > limit) return null;
    if (rest.length > 0) this.#waiting.push(rest);
    this.#length += rest.length;
    return lines;
  }
}
