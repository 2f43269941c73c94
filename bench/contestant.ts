/** An engine in a process of its own, which does one round of work for each line it is given. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Measured, Round } from './rows.ts';

/** A process that says nothing for so long is given up. */
const PATIENCE_SECONDS = 600;

export class Contestant {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  readonly #rounds: Round[] = [];
  readonly #started = performance.now();
  #engine: string;
  #stderr = '';
  #firstRoundSeconds: number | null = null;
  #notRun: string | null = null;

  constructor(engine: string, command: string, args: readonly string[]) {
    this.#engine = engine;
    this.#child = spawn(command, args);
    this.#child.on('error', (error) => (this.#stderr += error.message));
    // A process that is gone cannot be asked; its silence is what `#answer` reports.
    this.#child.stdin.on('error', (error) => (this.#stderr ||= error.message));
    this.#child.stderr.on('data', (chunk) => (this.#stderr += String(chunk)));
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  get measured(): Measured {
    return {
      engine: this.#engine,
      rounds: this.#rounds,
      firstRoundSeconds: this.#firstRoundSeconds,
      notRun: this.#notRun,
    };
  }

  /** Whether a round takes so long that one is enough. */
  get isSlow(): boolean {
    return (this.#rounds.at(-1)?.seconds ?? 0) > 20;
  }

  /** Waits until the engine is ready and has done its first round, which warms it up. */
  async warmUp(): Promise<void> {
    const said = await this.#answer<{ ready: string }>();
    if (said) this.#engine = said.ready;
    await this.round();
    if (this.#notRun === null) this.#firstRoundSeconds = (performance.now() - this.#started) / 1000;
  }

  async round(): Promise<void> {
    if (this.#notRun !== null) return;
    this.#child.stdin.write('go\n');
    const round = await this.#answer<Round>();
    if (round) this.#rounds.push(round);
  }

  end(): void {
    this.#child.kill('SIGKILL');
  }

  async #answer<T>(): Promise<T | null> {
    const alarm = setTimeout(() => {
      this.#stderr += `\nno answer in ${PATIENCE_SECONDS} s`;
      this.end();
    }, PATIENCE_SECONDS * 1000);
    const line = await this.#lines.next();
    clearTimeout(alarm);
    if (!line.done) return JSON.parse(line.value) as T;
    this.#notRun = this.#stderr.trim().split('\n').at(-1) || 'ended without a word';
    return null;
  }
}
