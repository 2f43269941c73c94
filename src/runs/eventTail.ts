/** Reads events.jsonl while it grows: a byte cursor that only ever stands behind a whole line. */
import {
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  readSync,
  statSync,
  watch,
  type FSWatcher,
  type Stats,
} from 'node:fs';
import { join } from 'node:path';
import { decodeEventLine } from '../protocol/eventLine.ts';
import type { StampedEvent } from '../protocol/events.ts';
import { RUN_FOLDER } from '../protocol/runFolder.ts';

/** Bytes of the file looked at in one call of `read`, unless a single line is longer. */
const READ_LIMIT = 4 << 20;
/** A longer line is no event: it is skipped. */
const LINE_LIMIT = 64 << 20;
/** Bytes before the cursor that must still be there, or the file is another one. */
const FINGERPRINT = 64;
const POLL_MS = 500;
const NEW_LINE = 10;

export class EventTail {
  /** Grows when the file was replaced or truncated: the reader starts a new fold and goes on with what `read` returns. */
  generation = 0;
  /** Lines that were skipped: damaged, newer than this program, or told twice. */
  damaged = 0;
  /** Events that are missing between two others. */
  missing = 0;
  /** Whether the file held more than one call returns. */
  hasMore = false;

  readonly #folder: string;
  readonly #file: string;
  #cursor = 0;
  #identity = '';
  #fingerprint: Buffer = Buffer.alloc(0);
  #lastSeq = -1;
  #isSkipping = false;

  constructor(runFolder: string) {
    this.#folder = runFolder;
    this.#file = join(runFolder, RUN_FOLDER.events);
  }

  /** The events that were written since the last call, in order. A torn last line waits until it is whole. */
  read(): StampedEvent[] {
    this.hasMore = false;
    const file = openIfThere(this.#file);
    if (file === null) return [];
    try {
      const stats = fstatSync(file);
      if (!this.#isSameFile(file, stats)) this.#restart();
      this.#identity = identityOf(stats);
      return this.#readLines(file, stats.size);
    } finally {
      closeSync(file);
    }
  }

  /**
   * Calls `onChange` soon after the file changed; returns what ends the watching.
   * Neither the watcher nor the poll keeps the process alive, unless `ref` says so.
   */
  watch(onChange: () => void, options: { readonly ref?: boolean } = {}): () => void {
    let watcher: FSWatcher | null = null;
    let seen = this.#look();
    const check = (): void => {
      watcher ??= this.#watchFolder(check, () => (watcher = null));
      const found = this.#look();
      if (found === seen) return;
      seen = found;
      onChange();
    };
    const poll = setInterval(check, POLL_MS);
    if (options.ref !== true) poll.unref();
    watcher = this.#watchFolder(check, () => (watcher = null));
    return () => {
      clearInterval(poll);
      watcher?.close();
    };
  }

  #look(): string {
    const stats = statSync(this.#file, { throwIfNoEntry: false });
    return stats === undefined ? '' : `${identityOf(stats)} ${stats.size} ${stats.mtimeMs}`;
  }

  /** Null where the platform cannot watch (yet): the poll goes on alone. */
  #watchFolder(onChange: () => void, onLost: () => void): FSWatcher | null {
    if (!existsSync(this.#folder)) return null;
    try {
      const watcher = watch(this.#folder, { persistent: false }, (_, name) => {
        if (name === null || name === RUN_FOLDER.events) onChange();
      });
      return watcher.on('error', () => {
        watcher.close();
        onLost();
      });
    } catch {
      return null;
    }
  }

  #isSameFile(file: number, stats: Stats): boolean {
    if (this.#identity === '') return true;
    if (identityOf(stats) !== this.#identity || stats.size < this.#cursor) return false;
    const now = Buffer.alloc(this.#fingerprint.length);
    readSync(file, now, 0, now.length, this.#cursor - now.length);
    return now.equals(this.#fingerprint);
  }

  #restart(): void {
    this.generation++;
    this.#cursor = 0;
    this.#fingerprint = Buffer.alloc(0);
    this.#lastSeq = -1;
    this.#isSkipping = false;
    this.damaged = 0;
    this.missing = 0;
  }

  #readLines(file: number, size: number): StampedEvent[] {
    for (let limit = READ_LIMIT; ; limit *= 2) {
      const wanted = Math.min(limit, size - this.#cursor);
      const block = readBlock(file, this.#cursor, wanted);
      const end = block.lastIndexOf(NEW_LINE) + 1;
      this.hasMore = block.length === wanted && this.#cursor + wanted < size;
      if (end > 0) return this.#take(block.subarray(0, end));
      if (!this.hasMore) return [];
      if (limit >= LINE_LIMIT) {
        this.#skip(block);
        limit = READ_LIMIT;
      }
    }
  }

  /** Part of a line that is too long to be an event. */
  #skip(block: Buffer): void {
    this.#isSkipping = true;
    this.#advance(block);
  }

  #take(lines: Buffer): StampedEvent[] {
    this.#advance(lines);
    const events: StampedEvent[] = [];
    for (let start = 0; start < lines.length;) {
      const end = lines.indexOf(NEW_LINE, start);
      const event = this.#isSkipping ? null : eventOf(lines.subarray(start, end));
      this.#isSkipping = false;
      if (event !== null && event.seq > this.#lastSeq) {
        this.missing += event.seq - this.#lastSeq - 1;
        this.#lastSeq = event.seq;
        events.push(event);
      } else this.damaged++;
      start = end + 1;
    }
    return events;
  }

  #advance(read: Buffer): void {
    this.#cursor += read.length;
    this.#fingerprint = Buffer.from(
      Buffer.concat([this.#fingerprint, read.subarray(-FINGERPRINT)]).subarray(-FINGERPRINT),
    );
  }
}

const identityOf = (stats: Stats): string => `${stats.dev}:${stats.ino}`;

function openIfThere(file: string): number | null {
  try {
    return openSync(file, 'r');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Windows refuses for a moment while a file is replaced; the next call sees it.
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EBUSY' || code === 'EPERM' || code === 'EACCES')
      return null;
    throw error;
  }
}

function readBlock(file: number, from: number, length: number): Buffer {
  const block = Buffer.allocUnsafe(Math.max(0, length));
  let done = 0;
  while (done < block.length) {
    const count = readSync(file, block, done, block.length - done, from + done);
    if (count === 0) break;
    done += count;
  }
  return block.subarray(0, done);
}

/** The event of a line; zero bytes before it (a block lost in a power cut) are passed over. */
function eventOf(line: Buffer): StampedEvent | null {
  let start = 0;
  while (line[start] === 0) start++;
  const event = decodeSafely(line.toString('utf8', start));
  return event !== null && Number.isSafeInteger(event.seq) && event.seq >= 0 ? event : null;
}

/** A line whose checksum fits but whose text is no JSON was written by someone else. */
function decodeSafely(line: string): StampedEvent | null {
  try {
    return decodeEventLine(line);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
