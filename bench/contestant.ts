/** An engine in a process of its own, which does one round of work for each line it is given. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';
import { withLargePages } from '../src/runs/largePages.ts';
import type { Checked, Measured, Round } from './rows.ts';

/** How an engine is started. */
export interface Start {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export class Contestant {
  readonly #engineKey: string;
  readonly #patience: number;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  readonly #rounds: Round[] = [];
  readonly #started = performance.now();
  #engine: string;
  #stderr = '';
  #firstRoundSeconds: number | null = null;
  #check: readonly number[] = [];
  #notRun: string | null = null;

  /** Its process has a group of its own, so that Ctrl+C reaches this one alone; after `patience` seconds of silence it is given up. */
  constructor(engineKey: string, engine: string, { command, args, env = {} }: Start, patience: number) {
    this.#engineKey = engineKey;
    this.#patience = patience;
    this.#engine = engine;
    this.#child = spawn(command, args, {
      env: { ...withLargePages(process.env), ...env },
      detached: process.platform !== 'win32',
    });
    this.#child.on('error', (error) => (this.#stderr += error.message));
    // A process that is gone cannot be asked; its silence is what `#answer` reports.
    this.#child.stdin.on('error', (error) => (this.#stderr ||= error.message));
    this.#child.stderr.on('data', (chunk) => (this.#stderr += String(chunk)));
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  get measured(): Measured {
    return {
      engine: this.#engine,
      engineKey: this.#engineKey,
      rounds: this.#rounds,
      firstRoundSeconds: this.#firstRoundSeconds,
      check: this.#check,
      notRun: this.#notRun,
    };
  }

  get isGone(): boolean {
    return this.#notRun !== null;
  }

  /** Seconds of the rounds after the first. */
  get warmSeconds(): number {
    return this.#rounds.slice(1).reduce((sum, { seconds }) => sum + seconds, 0);
  }

  /** Waits until the engine is ready and has done its first round, which warms it up. */
  async warmUp(): Promise<void> {
    const said = await this.#answer<{ ready: string }>();
    if (said) this.#engine = said.ready;
    await this.round();
    if (!this.isGone) this.#firstRoundSeconds = (performance.now() - this.#started) / 1000;
  }

  async round(): Promise<void> {
    const round = await this.#ask<Round>('go');
    if (round) this.#rounds.push(round);
  }

  /** Asks what was computed; after the rounds, as it may cost time. */
  async check(): Promise<void> {
    const checked = await this.#ask<Checked>('check');
    if (checked) this.#check = checked.check;
  }

  end(reason: string | null = null): void {
    this.#notRun ??= reason;
    this.#child.kill('SIGKILL');
  }

  async #ask<T>(line: string): Promise<T | null> {
    if (this.isGone) return null;
    this.#child.stdin.write(`${line}\n`);
    return this.#answer<T>();
  }

  async #answer<T>(): Promise<T | null> {
    const alarm = setTimeout(() => this.end(`no answer in ${this.#patience} s (--limit)`), this.#patience * 1000);
    const line = await this.#lines.next();
    clearTimeout(alarm);
    if (!line.done) return JSON.parse(line.value) as T;
    this.#notRun ??= reasonIn(this.#stderr);
    return null;
  }
}

/** The line that names an error, of what a process said before it ended. */
export const reasonIn = (stderr: string): string => {
  const lines = stderr.split('\n').map((line) => line.trim());
  const named = lines.findLast((line) => /^(\w+\.)*\w*(Error|Exception)\b/.test(line));
  return named ?? lines.findLast((line) => line !== '') ?? 'ended without a word';
};
