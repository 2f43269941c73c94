/** Writes what a run says into its event list, and waits where the disk is full: training never dies of an unhandled write. */
import { closeSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { RunEvent, StampedEvent } from '../protocol/events.ts';
import { codeOf } from './failure.ts';
import { logged } from '../protocol/logged.ts';
import { saidBy, saidTogether } from '../protocol/sentence.ts';

/** What is asked of the event list. */
export interface Appender {
  append(event: RunEvent): StampedEvent;
}

export interface RecorderOptions {
  readonly log: Appender;
  /** Where the reserve lies. */
  readonly runFolder: string;
  readonly onWritten: (stamped: StampedEvent) => void;
  /** Waits a while, or until someone asks something. */
  readonly wait: (milliseconds: number) => Promise<void>;
  /** Whether to give up waiting for space. */
  readonly isEnding: () => boolean;
}

const RESERVE = '.reserve';
const RESERVE_BYTES = 256 << 10;
const RETRY_MS = 2000;

export class Recorder {
  readonly #options: RecorderOptions;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#keepReserve();
  }

  /** Appends and publishes. Waits for space on a full disk (the run shows as paused meanwhile); throws every other failure. */
  async say(event: RunEvent): Promise<void> {
    await this.whenThereIsSpace(() => this.#write(event));
  }

  /** The same without waiting, for the last words of a crash. */
  sayNow(event: RunEvent): void {
    this.#freeReserve();
    this.#write(event);
  }

  /** Repeats an action that leaves nothing half-done until the disk takes it, or throws when the run is to end. */
  async whenThereIsSpace(action: () => void): Promise<void> {
    let isWaiting = false;
    for (;;) {
      try {
        action();
        break;
      } catch (error) {
        if (codeOf(error) !== 'diskFull' || this.#options.isEnding()) throw error;
        if (!isWaiting) this.#tellOfWaiting(error);
        isWaiting = true;
        await this.#options.wait(RETRY_MS);
      }
    }
    if (isWaiting) this.#tellOfSpace();
  }

  /** Frees the reserve for good: the run is over. */
  close(): void {
    this.#freeReserve();
  }

  #write(event: RunEvent): void {
    this.#options.onWritten(this.#options.log.append(event));
  }

  /** The space of the reserve is just enough to say why nothing goes on. */
  #tellOfWaiting(error: unknown): void {
    this.#freeReserve();
    const line = logged('error', saidTogether([saidBy(error), 'The run waits until there is space; nothing is lost.']));
    this.#tryWrite(line);
    this.#tryWrite({ type: 'run.paused' });
    console.error(line.message);
  }

  #tellOfSpace(): void {
    this.#keepReserve();
    this.#tryWrite({ type: 'run.resumed' });
    this.#tryWrite(logged('info', 'There is space on the disk again: the run goes on.'));
  }

  #tryWrite(event: RunEvent): void {
    try {
      this.#write(event);
    } catch (error) {
      if (codeOf(error) !== 'diskFull') throw error;
      console.error(`Not written for want of space: ${event.type}`);
    }
  }

  #keepReserve(): void {
    try {
      const file = openSync(join(this.#options.runFolder, RESERVE), 'w', 0o600);
      try {
        writeSync(file, Buffer.alloc(RESERVE_BYTES, 1));
      } finally {
        closeSync(file);
      }
    } catch (error) {
      console.error(
        `No reserve of disk space could be made: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }

  #freeReserve(): void {
    try {
      unlinkSync(join(this.#options.runFolder, RESERVE));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') console.error(String(error));
    }
  }
}
