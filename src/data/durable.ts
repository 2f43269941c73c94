/** Writing so that a file is either whole or not there: short writes are continued, sizes compared, names switched last. */
import { createHash, randomBytes } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { DataFailure, errnoOf, FileFailure, naming } from './dataFailure.ts';
import type { FilePort, ReadPort } from './files.ts';
import { said } from '../protocol/sentence.ts';

/** Node refuses one write of 2 GiB or more. */
const LARGEST_PIECE = 2 ** 30;
const READ_PIECE = 2 ** 20;

/** What is needed to know a file again. */
export interface Written {
  readonly bytes: number;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
}

export interface Hash {
  update(bytes: Uint8Array): unknown;
  digest(encoding: 'hex'): string;
}

/**
 * Writes a file of these chunks whole and durably, under a temporary name first; an existing file is replaced.
 * On any failure the temporary file is removed and the old one stays.
 */
export function writeDurably(
  files: FilePort,
  path: string,
  chunks: Iterable<Uint8Array>,
  hash: Hash = createHash('sha256'),
): Written {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}`);
  try {
    const written = writeNew(files, temporary, chunks, hash);
    renameFile(files, temporary, path);
    files.syncFolder(dirname(path));
    return written;
  } catch (error) {
    removeIfThere(files, temporary);
    throw error;
  }
}

/** Replaces a small text file: readers see the old or the new one, never a part. */
export function replaceAtomically(files: FilePort, path: string, text: string): void {
  writeDurably(files, path, [Buffer.from(text)]);
}

/** Writes a file that must not exist yet, compares its size and syncs it (its name needs a `syncFolder`). A failure may leave a part. */
export function writeNew(
  files: FilePort,
  path: string,
  chunks: Iterable<Uint8Array>,
  hash: Hash = createHash('sha256'),
): Written {
  const fd = files.open(path, 'create');
  try {
    let bytes = 0;
    for (const piece of piecesOf(chunks)) {
      hash.update(piece);
      bytes += writeAll(files, fd, path, piece, bytes);
    }
    naming('save', path, () => files.sync(fd));
    const size = naming('measure', path, () => files.size(fd));
    if (size !== bytes)
      throw new FileFailure(said`write all ${bytes} bytes (only ${size} are there) of`, path, 'ENOSPC');
    return { bytes, sha256: hash.digest('hex') };
  } finally {
    files.close(fd);
  }
}

function* piecesOf(chunks: Iterable<Uint8Array>): Generator<Uint8Array> {
  for (const chunk of chunks) {
    for (let start = 0; start < chunk.byteLength; start += LARGEST_PIECE) {
      yield chunk.subarray(start, start + LARGEST_PIECE);
    }
  }
}

/** Writes all bytes from `position` on, however few the system takes at a time; none at all counts as a full disk. Returns their number. */
export function writeAll(files: FilePort, fd: number, path: string, bytes: Uint8Array, position: number): number {
  let done = 0;
  while (done < bytes.byteLength) {
    const taken = naming('write', path, () => files.write(fd, bytes.subarray(done), position + done));
    if (taken <= 0) throw new FileFailure('write', path, 'ENOSPC');
    done += taken;
  }
  return done;
}

/** A cleaning-up that must not hide the failure it follows: what cannot be removed now is swept by the next start. */
export function removeIfThere(files: FilePort, path: string): FileFailure | null {
  try {
    removeTree(files, path);
    return null;
  } catch (error) {
    if (error instanceof FileFailure) return error;
    throw error;
  }
}

const BUSY = new Set(['EBUSY', 'EPERM', 'EACCES', 'ENOTEMPTY']);
const PAUSES = [10, 20, 50, 100, 200, 400, 800];

/** Renames a file or folder; waits a little, up to seven times, where another program (a virus scanner on Windows) holds it. */
export function renameFile(files: FilePort, from: string, to: string): void {
  for (const milliseconds of PAUSES) {
    try {
      return files.rename(from, to);
    } catch (error) {
      if (!BUSY.has(errnoOf(error) ?? '')) throw error;
      files.pause(milliseconds);
    }
  }
  files.rename(from, to);
}

/** Removes a file or a folder with all that is in it; never follows a link. Nothing there is fine. */
export function removeTree(files: FilePort, path: string): void {
  const kind = files.kind(path);
  if (kind === null) return;
  if (kind !== 'folder') return files.unlink(path);
  for (const name of files.list(path)) removeTree(files, join(path, name));
  files.removeFolder(path);
}

/** The whole file; refuses one of more than `limit` bytes, and one that shrinks meanwhile. */
export function readWhole(files: ReadPort, path: string, limit: number): Uint8Array<ArrayBuffer> {
  return withFile(files, path, (fd) => {
    const size = naming('measure', path, () => files.size(fd));
    if (size > limit) {
      throw new DataFailure('badCheckpoint', said`${path} has ${size} bytes; at most ${limit} are read.`);
    }
    const bytes = new Uint8Array(size);
    readAt(files, fd, path, bytes, 0);
    return bytes;
  });
}

/** Opens for reading, and closes whatever happens. */
export function withFile<T>(files: ReadPort, path: string, use: (fd: number) => T): T {
  const fd = files.open(path, 'read');
  try {
    return use(fd);
  } finally {
    files.close(fd);
  }
}

/** Fills `bytes` from `position` on, however little comes at a time. */
export function readAt(files: ReadPort, fd: number, path: string, bytes: Uint8Array, position: number): void {
  let done = 0;
  while (done < bytes.byteLength) {
    const piece = bytes.subarray(done, done + LARGEST_PIECE);
    const taken = naming('read', path, () => files.read(fd, piece, position + done));
    if (taken <= 0) throw new DataFailure('badCheckpoint', said`${path} ends at byte ${position + done}, too early.`);
    done += taken;
  }
}

/** Size and SHA-256 of a file, read piece by piece. */
export function fingerprint(files: FilePort, path: string): Written {
  return withFile(files, path, (fd) => {
    const hash = createHash('sha256');
    const buffer = new Uint8Array(READ_PIECE);
    for (let bytes = 0; ;) {
      const taken = naming('read', path, () => files.read(fd, buffer, bytes));
      if (taken <= 0) return { bytes, sha256: hash.digest('hex') };
      hash.update(buffer.subarray(0, taken));
      bytes += taken;
    }
  });
}
