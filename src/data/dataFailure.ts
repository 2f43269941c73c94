/** Expected failures of files and disks, as errors whose `code` is one of the protocol's: everything else that is thrown is a bug. */
import { SaidError } from '../protocol/saidError.ts';
import type { RunErrorCode } from '../protocol/events.ts';
import { phrase, type Sentence, type Told } from '../protocol/sentence.ts';

/** An expected failure: `message` names file and cause, `remedy` says what to do. */
export class DataFailure extends SaidError {
  override readonly name: string = 'DataFailure';
  readonly code: RunErrorCode;

  constructor(code: RunErrorCode, message: Told, remedy?: Told, cause?: unknown) {
    super(message, remedy, cause);
    this.code = code;
  }
}

/** A failure of the file system, with the name of the error as the system calls it (`ENOSPC`). */
export class FileFailure extends DataFailure {
  override readonly name = 'FileFailure';
  readonly errno: string;
  readonly path: string;

  /** `doing` is a verb with what belongs to it, before a path. */
  constructor(doing: Told, path: string, errno: string, cause?: unknown) {
    const { code, why, remedy } = REASONS[errno] ?? { code: 'internal', why: 'the system refused', remedy: undefined };
    super(code, couldNot(doing, path, phrase(why), errno), remedy, cause);
    this.errno = errno;
    this.path = path;
  }
}

/** Verb and values in one sentence, for no language puts them together as another does. */
function couldNot(doing: Told, path: string, why: Sentence, errno: string): Sentence {
  const { text, args } = typeof doing === 'string' ? phrase(doing) : doing;
  const place = (index: number): string => `{${args.length + index}}`;
  return { text: `Could not ${text} ${place(0)}: ${place(1)} (${place(2)}).`, args: [...args, path, why, errno] };
}

interface Reason {
  readonly code: RunErrorCode;
  readonly why: string;
  readonly remedy: string;
}

const gone = (why: string, remedy: string): Reason => ({ code: 'runFolderLost', why, remedy });
const full = (why: string, remedy: string): Reason => ({ code: 'diskFull', why, remedy });
const FREE = 'Free some space on that disk, or lower checkpoints.diskBudgetMB, and continue the run.';
const RIGHTS = 'Give the account that trains the right to write there, and continue the run.';

const REASONS: Readonly<Record<string, Reason>> = {
  ENOSPC: full('the disk is full', FREE),
  EDQUOT: full('the disk quota is used up', FREE),
  EFBIG: full(
    'the file would be larger than the system allows',
    'Raise the limit (ulimit -f), or use a disk without it.',
  ),
  EIO: gone('the disk reported an error', 'Check the disk and its cable or network, then continue the run.'),
  EACCES: gone('access is denied', RIGHTS),
  EPERM: gone('the operation is not permitted', RIGHTS),
  EROFS: gone('the disk is read-only', 'Make the disk writable again, and continue the run.'),
  ENOENT: gone('it is no longer there', 'Put the folder back where it was, and continue the run.'),
  ENOTDIR: gone('a part of the path is a file', 'Put the folder back where it was, and continue the run.'),
  ESTALE: gone('the network disk lost it', 'Connect the network disk again, and continue the run.'),
  ENXIO: gone('the device is gone', 'Connect the disk again, and continue the run.'),
  EXDEV: gone('it lies on another disk', 'Keep the whole run folder on one disk.'),
  EBUSY: gone('another program holds it', 'Close the program that holds it, and continue the run.'),
  EMFILE: gone('too many files are open', 'Raise the limit of open files (ulimit -n), and continue the run.'),
  ENFILE: gone('too many files are open on this machine', 'Close some programs, and continue the run.'),
  ENAMETOOLONG: gone('the path is too long', 'Use a folder with a shorter path.'),
};

/** The system's name of an error (`ENOENT`), or null for anything that did not come from the system. */
export function errnoOf(error: unknown): string | null {
  if (error instanceof FileFailure) return error.errno;
  const code = error instanceof Error && 'code' in error ? error.code : null;
  return typeof code === 'string' && /^E[A-Z0-9]+$/.test(code) ? code : null;
}

/** Runs a file action; errors of the system come out as `FileFailure`, all others unchanged. */
export function naming<T>(doing: string, path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof DataFailure) throw error;
    const errno = errnoOf(error);
    throw errno === null ? error : new FileFailure(doing, path, errno, error);
  }
}
