/**
 * Reading from a folder that somebody else made: each file lies in it, or, in a cache of huggingface_hub, among the blobs beside
 * it. A link that leads elsewhere would show what is none of the model's, and carry it into checkpoints and exports.
 */
import { basename, dirname, join } from 'node:path';
import { said } from '../protocol/sentence.ts';
import type { FilePort, OpenMode, ReadPort } from './files.ts';
import { ModelFolderFailure } from './modelFolderFailure.ts';

/** Opens files of this folder by their paths, and no others. Throws `ModelFolderFailure` and `FileFailure`. */
export const filesWithin = (folder: string, files: FilePort): ReadPort => ({
  open: (path, mode) => openWithin(folder, path, files, mode),
  read: (fd, buffer, position) => files.read(fd, buffer, position),
  size: (fd) => files.size(fd),
  close: (fd) => files.close(fd),
});

/** A link may be changed between the look and the opening: so what was opened is looked at once more. */
function openWithin(folder: string, path: string, files: FilePort, mode: OpenMode): number {
  const target = targetOf(folder, path, files);
  const fd = files.open(target, mode);
  try {
    if (files.realPath(target) === target && files.sameFile(fd, target)) return fd;
    throw leadsOut(path, files.realPath(target));
  } catch (error) {
    files.close(fd);
    throw error;
  }
}

/** Where the path leads. */
function targetOf(folder: string, path: string, files: FilePort): string {
  if (files.kind(path) === null) throw new ModelFolderFailure('fileMissing', said`${path} is missing.`);
  const home = files.realPath(folder);
  const target = files.realPath(path);
  if (files.kind(target) !== 'file') throw new ModelFolderFailure('fileMissing', said`${path} is not a file.`);
  if (dirname(target) === home || dirname(target) === blobsBeside(home)) return target;
  throw leadsOut(path, target);
}

const leadsOut = (path: string, target: string): ModelFolderFailure =>
  new ModelFolderFailure(
    'linkLeadsOut',
    said`${path} is a link that leads out of its folder, to ${target}.`,
    'Put the file itself into the folder.',
  );

/** In a cache of huggingface_hub, the files of models--x/snapshots/y are links into models--x/blobs. */
const blobsBeside = (home: string): string | null =>
  basename(dirname(home)) === 'snapshots' ? join(dirname(dirname(home)), 'blobs') : null;
