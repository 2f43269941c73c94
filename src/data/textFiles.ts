/** The files beside tokenizer.json that tell about a model's text, as texts: carried along from a folder to checkpoints. */
import { join } from 'node:path';
import { type SavedModel, TEXT_FILES } from '../protocol/savedState.ts';
import { readWhole } from './durable.ts';
import { type FilePort, realFiles } from './files.ts';
import { filesWithin } from './folderFiles.ts';

const LONGEST = 4 << 20;

/** Those that are there; without the key where none is. Throws `DataFailure` for one that is longer than any of a real model, and for a link that leads out. */
export function readTextFiles(folder: string, files: FilePort = realFiles): Pick<SavedModel, 'textFiles'> {
  const within = filesWithin(folder, files);
  const there = TEXT_FILES.filter((name) => files.kind(join(folder, name)) !== null);
  const read = there.map((name) => [name, new TextDecoder().decode(readWhole(within, join(folder, name), LONGEST))]);
  return there.length === 0 ? {} : { textFiles: Object.fromEntries(read) };
}
