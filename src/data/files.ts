/** The few file actions that durability rests on, behind one interface, so that tests can record them and make each of them fail. */
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  realpathSync,
  renameSync,
  rmdirSync,
  statfsSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { errnoOf, naming } from './dataFailure.ts';

/** `create` fails where the file exists; `edit` makes it if need be and keeps what is in it. */
export type OpenMode = 'read' | 'create' | 'edit';

/** Synchronous file actions. All throw `FileFailure`; none follows a symbolic link in its last part but `open` for reading and `sameFile`. */
export interface FilePort {
  open(path: string, mode: OpenMode): number;
  /** Bytes taken, from `position` on: may be fewer than given, as the system pleases. */
  write(fd: number, bytes: Uint8Array, position: number): number;
  /** Bytes read into `buffer` from `position` on; 0 at the end. */
  read(fd: number, buffer: Uint8Array, position: number): number;
  size(fd: number): number;
  truncate(fd: number, size: number): void;
  /** Returns when the file's bytes will survive a power cut. */
  sync(fd: number): void;
  close(fd: number): void;
  /** Returns when the names in a folder will survive a power cut. Does nothing on Windows, which has no such call. */
  syncFolder(path: string): void;
  rename(from: string, to: string): void;
  unlink(path: string): void;
  /** An existing one is fine; the folder above it must be there. */
  makeFolder(path: string): void;
  /** The folder must be empty. */
  removeFolder(path: string): void;
  list(path: string): string[];
  kind(path: string): 'file' | 'folder' | 'other' | null;
  /** Where a path leads, links followed. */
  realPath(path: string): string;
  /** Whether `path` still names the open file. */
  sameFile(fd: number, path: string): boolean;
  /** Bytes that may still be written on the disk of a folder; infinite where the disk does not tell. */
  freeBytes(path: string): number;
  /** Blocks for some milliseconds, between two tries. */
  pause(milliseconds: number): void;
}

/** What reading takes. */
export type ReadPort = Pick<FilePort, 'open' | 'read' | 'size' | 'close'>;

/** Windows has no O_NOFOLLOW: there it is undefined, which counts as 0. */
const { O_CREAT, O_EXCL, O_NOFOLLOW, O_RDONLY, O_RDWR } = constants;
const FLAGS: Readonly<Record<OpenMode, number>> = {
  read: O_RDONLY,
  create: O_RDWR | O_CREAT | O_EXCL,
  edit: O_RDWR | O_CREAT | O_NOFOLLOW,
};

export const realFiles: FilePort = {
  open: (path, mode) => naming(mode === 'read' ? 'open' : 'write', path, () => openSync(path, FLAGS[mode], 0o600)),
  write: (fd, bytes, position) => writeSync(fd, bytes, 0, bytes.byteLength, position),
  read: (fd, buffer, position) => readSync(fd, buffer, 0, buffer.byteLength, position),
  size: (fd) => fstatSync(fd).size,
  truncate: ftruncateSync,
  sync: fsyncSync,
  close: closeSync,
  syncFolder: (path) => naming('save', path, () => syncFolder(path)),
  rename: (from, to) => naming('rename to', to, () => renameSync(from, to)),
  unlink: (path) => naming('delete', path, () => unlinkSync(path)),
  makeFolder: (path) => naming('create', path, () => makeFolder(path)),
  removeFolder: (path) => naming('delete', path, () => rmdirSync(path)),
  list: (path) => naming('list', path, () => readdirSync(path)),
  kind: (path) => naming('look at', path, () => kind(path)),
  realPath: (path) => naming('look at', path, () => realpathSync(path)),
  sameFile,
  freeBytes: (path) => naming('measure', path, () => freeBytes(path)),
  pause: (milliseconds) => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds),
};

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST' || kind(path) === 'file') throw error;
  }
}

function syncFolder(path: string): void {
  if (process.platform === 'win32') return;
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function kind(path: string): 'file' | 'folder' | 'other' | null {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found) return null;
  if (found.isDirectory()) return 'folder';
  return found.isFile() ? 'file' : 'other';
}

function sameFile(fd: number, path: string): boolean {
  const open = fstatSync(fd);
  const named = statSync(path, { throwIfNoEntry: false });
  return named !== undefined && open.nlink > 0 && named.ino === open.ino && named.dev === open.dev;
}

function freeBytes(path: string): number {
  const { bavail, blocks, bsize } = statfsSync(path);
  return blocks === 0 ? Infinity : bavail * bsize;
}
