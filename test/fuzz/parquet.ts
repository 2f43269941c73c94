/** Damaged Parquet: it is read or refused by a rule, soon and in little memory, or the process that read it is ended. */
import { fork, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readerBounds } from '../../src/trainer/prepare/parquetApart.ts';
import type { FromParquet } from '../../src/trainer/prepare/rowsMessages.ts';

const MOST_MB = 256;

export interface ParquetTally {
  read: number;
  refused: Record<string, number>;
  /** The process had to be ended: it took too much memory or time. */
  ended: number;
  /** Above what the process had when it was new, MB; 0 where the system does not tell. */
  mostMemory: number;
}

/** Reads one damaged file after the other with the same process, as long as it lives. */
export class ParquetFuzzer {
  readonly tally: ParquetTally = { read: 0, refused: {}, ended: 0, mostMemory: 0 };
  readonly #script: string;
  readonly #folder: string;
  #reader: ChildProcess | null = null;
  #base = 0;
  #count = 0;

  /** `script` is the bundled parquetProcess.ts; `folder` holds what is read. */
  constructor(script: string, folder: string) {
    this.#script = script;
    this.#folder = folder;
  }

  /** The sentence that says what is wrong; null where all holds. */
  async problem(bytes: Buffer): Promise<string | null> {
    const path = join(this.#folder, `${this.#count++}.parquet`);
    writeFileSync(path, bytes);
    const outcome = await this.#read(path);
    if (outcome.startsWith('failed')) return outcome;
    const memory = this.#memory() - this.#base;
    this.tally.mostMemory = Math.max(this.tally.mostMemory, memory);
    return memory > MOST_MB ? `it took ${Math.round(memory)} MB` : null;
  }

  close(): void {
    this.#reader?.kill('SIGKILL');
    this.#reader = null;
  }

  async #read(path: string): Promise<string> {
    for (;;) {
      const answer = await this.#ask(path);
      if (answer === null) {
        this.tally.ended++;
        return 'ended';
      }
      if (answer.type === 'block') continue;
      if (answer.type === 'end') this.tally.read++;
      else if (answer.type === 'refused') this.tally.refused[answer.rule] = (this.tally.refused[answer.rule] ?? 0) + 1;
      return answer.type === 'failed' ? `failed: ${answer.message}` : answer.type;
    }
  }

  /** Null where the process ended, or had to be. */
  #ask(path: string): Promise<FromParquet | null> {
    const reader = (this.#reader ??= this.#start());
    return new Promise((resolve) => {
      const timer = setTimeout(() => reader.kill('SIGKILL'), readerBounds(0).milliseconds);
      const end = (answer: FromParquet | null): void => {
        clearTimeout(timer);
        reader.off('exit', onExit);
        reader.off('message', end);
        resolve(answer);
      };
      const onExit = (): void => {
        this.#reader = null;
        end(null);
      };
      reader.once('exit', onExit).once('message', end);
      reader.send({ path, options: {} });
    });
  }

  #start(): ChildProcess {
    const execArgv = [`--max-old-space-size=${readerBounds(0).memory}`];
    const reader = fork(this.#script, [], {
      execArgv,
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    this.#base = this.#memory(reader) || 50;
    return reader;
  }

  /** The most memory the process ever had, MB. */
  #memory(reader: ChildProcess | null = this.#reader): number {
    const status = `/proc/${reader?.pid}/status`;
    if (reader === null || !existsSync(status)) return 0;
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(status, 'utf8'))?.[1] ?? 0) / 1000;
  }
}
