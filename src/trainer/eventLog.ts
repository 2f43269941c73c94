/** The event list of a run on disk: one writer, lines are only ever added, and what a crash left half written is set aside before the first new line. */
import { basename, dirname, join } from 'node:path';
import { DataFailure, naming } from '../data/dataFailure.ts';
import { readAt, writeAll, writeNew } from '../data/durable.ts';
import { type FilePort, realFiles } from '../data/files.ts';
import { decodeEventLine, encodeEventLine } from '../protocol/eventLine.ts';
import { PROTOCOL_VERSION, type RunEvent, type StampedEvent } from '../protocol/events.ts';
import { said, type Sentence } from '../protocol/sentence.ts';

export interface EventLogOptions {
  /** Path of events.jsonl; made if it is not there, its folder is not. */
  readonly path: string;
  readonly runId: string;
  /** Number of this attempt; one more than the last in the file if left out. */
  readonly attempt?: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly files?: FilePort;
}

/** Events after which the list is made safe against a power cut. */
const MILESTONES: ReadonlySet<RunEvent['type']> = new Set(['checkpoint.saved', 'run.finished', 'run.failed']);
const LINE_BREAK = 0x0a;
const FIRST_LOOK = 1 << 16;

export class EventLog {
  readonly attempt: number;
  /** What was mended at opening, as a sentence for the log; null if nothing was. */
  readonly recovered: Sentence | null;
  readonly #options: EventLogOptions;
  readonly #files: FilePort;
  readonly #fd: number;
  #size: number;
  #seq: number;
  #isOpen = true;

  private constructor(options: EventLogOptions, files: FilePort, fd: number) {
    const { path, runId } = options;
    this.#options = options;
    this.#files = files;
    this.#fd = fd;
    const whole = naming('measure', path, () => files.size(fd));
    this.#size = endOfLines(files, fd, path, whole);
    const last = lastEvent(files, fd, path, this.#size);
    refuseForeign(path, runId, last.event);
    this.recovered = whole > this.#size ? setTailAside(files, fd, path, this.#size, whole) : null;
    this.#seq = last.event === null ? last.damagedAfter : last.event.seq + 1 + last.damagedAfter;
    this.attempt = options.attempt ?? (last.event?.attempt ?? 0) + 1;
  }

  /** Opens, and mends a torn end. Throws `DataFailure` where the list belongs to another run or a newer version, or cannot be opened. */
  static open(options: EventLogOptions): EventLog {
    const files = options.files ?? realFiles;
    const fd = files.open(options.path, 'edit');
    try {
      return new EventLog(options, files, fd);
    } catch (error) {
      files.close(fd);
      throw error;
    }
  }

  /** `seq` of the next event. */
  get nextSeq(): number {
    return this.#seq;
  }

  /**
   * Stamps and writes one event; milestones are synced. Throws `DataFailure` (`diskFull`, `runFolderLost`) and then leaves
   * nothing of the line, so that it may be tried again.
   */
  append(event: RunEvent): StampedEvent {
    const { path, runId, now } = this.#options;
    const stamped = { v: PROTOCOL_VERSION, runId, attempt: this.attempt, seq: this.#seq, time: now(), event };
    this.#assertThere();
    const line = Buffer.from(encodeEventLine(stamped));
    try {
      writeAll(this.#files, this.#fd, path, line, this.#size);
      if (MILESTONES.has(event.type)) this.sync();
    } catch (error) {
      this.#takeBack();
      throw error;
    }
    this.#size += line.byteLength;
    this.#seq++;
    return stamped;
  }

  /** Returns when all that was appended will survive a power cut. */
  sync(): void {
    naming('save', this.#options.path, () => this.#files.sync(this.#fd));
  }

  /** Syncs if it can, and closes. May be called twice. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    try {
      this.sync();
    } catch (error) {
      if (!(error instanceof DataFailure)) throw error;
      console.error(error.message);
    } finally {
      this.#files.close(this.#fd);
    }
  }

  #assertThere(): void {
    const { path } = this.#options;
    if (naming('look at', path, () => this.#files.sameFile(this.#fd, path))) return;
    throw new DataFailure(
      'runFolderLost',
      said`${path} was deleted, moved or replaced while the run was writing it.`,
      'Put the run folder back where it was, and continue the run.',
    );
  }

  /** A line that could not be written whole must leave no part: the next one begins where it began. */
  #takeBack(): void {
    const { path } = this.#options;
    naming('shorten', path, () => this.#files.truncate(this.#fd, this.#size));
  }
}

/** Where the last whole line ends. */
function endOfLines(files: FilePort, fd: number, path: string, size: number): number {
  for (const { bytes, start } of endsOf(files, fd, path, size)) {
    const at = bytes.lastIndexOf(LINE_BREAK);
    if (at >= 0) return start + at + 1;
  }
  return 0;
}

/** The last line that reads as an event, and the number of damaged ones behind it. Looks at the end first, at all of it if it must. */
function lastEvent(
  files: FilePort,
  fd: number,
  path: string,
  size: number,
): { readonly event: StampedEvent | null; readonly damagedAfter: number } {
  let damagedAfter = 0;
  for (const { bytes, start } of endsOf(files, fd, path, size)) {
    const lines = new TextDecoder()
      .decode(bytes)
      .split('\n')
      .slice(start === 0 ? 0 : 1, -1);
    const found = lines.findLastIndex((line) => decodeEventLine(line) !== null);
    damagedAfter = lines.length - 1 - found;
    refuseNewer(path, lines.at(-1));
    if (found >= 0) return { event: decodeEventLine(lines[found] ?? ''), damagedAfter };
  }
  return { event: null, damagedAfter };
}

/** Ever longer ends of the first `size` bytes of a file, the last one whole; none of an empty file. */
function* endsOf(
  files: FilePort,
  fd: number,
  path: string,
  size: number,
): Generator<{ readonly bytes: Uint8Array; readonly start: number }> {
  for (let length = Math.min(size, FIRST_LOOK); length > 0; length = Math.min(size, length * 8)) {
    const bytes = new Uint8Array(length);
    readAt(files, fd, path, bytes, size - length);
    yield { bytes, start: size - length };
    if (length === size) return;
  }
}

/** Moves what stands behind the last whole line into a file of its own, and cuts it off. */
function setTailAside(files: FilePort, fd: number, path: string, end: number, whole: number): Sentence {
  const tail = new Uint8Array(whole - end);
  readAt(files, fd, path, tail, end);
  const aside = freeName(files, path);
  writeNew(files, aside, [tail]);
  files.syncFolder(dirname(path));
  naming('shorten', path, () => files.truncate(fd, end));
  naming('save', path, () => files.sync(fd));
  return said`The event list ended in a half written line of ${tail.byteLength} bytes, which now lies in ${basename(aside)}.`;
}

function freeName(files: FilePort, path: string): string {
  for (let number = 1; ; number++) {
    const name = join(dirname(path), `${basename(path)}.torn-${number}`);
    if (files.kind(name) === null) return name;
  }
}

function refuseForeign(path: string, runId: string, last: StampedEvent | null): void {
  if (last === null || last.runId === runId) return;
  throw new DataFailure('runFolderLost', said`${path} belongs to another run (${last.runId}); nothing was written.`);
}

/** A newer version's line is sound but not for us: adding to it would mislead both. */
function refuseNewer(path: string, line = ''): void {
  const version = Number(/^\{"v":(\d+),.*,"crc":"[0-9a-f]{8}"\}$/.exec(line)?.[1] ?? 0);
  if (version <= PROTOCOL_VERSION) return;
  throw new DataFailure(
    'badCheckpoint',
    said`${path} was written by a newer version of Through the Valley.`,
    'Update the extension to continue this run.',
  );
}
