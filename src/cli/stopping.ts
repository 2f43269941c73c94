/** What Ctrl+C does to the run: once is a request, twice is an order, three times is force. */
import { translate } from '../protocol/translate.ts';
import { sendCommand } from '../runs/controlClient.ts';
import { signalTrainer } from '../runs/signalTrainer.ts';
import type { Console } from './console.ts';
import type { Reporter } from './reporters/reporter.ts';

/** Listens from its making to `release`. What is asked before the trainer has begun is passed on by `launched`. */
export class Stopper {
  readonly release: () => void;
  readonly #console: Console;
  readonly #reporter: Reporter;
  #presses = 0;
  #runFolder: string | null = null;

  constructor(console: Console, reporter: Reporter) {
    this.#console = console;
    this.#reporter = reporter;
    this.release = console.onInterrupt(() => this.#press());
  }

  launched(runFolder: string): void {
    this.#runFolder = runFolder;
    if (this.#presses > 0) this.#ask(runFolder);
  }

  #press(): void {
    const { strings } = this.#console;
    this.#presses++;
    this.#reporter.note(
      this.#presses === 1
        ? translate(strings, 'Stopping: a checkpoint is saved. Press Ctrl+C again to stop at once.')
        : translate(strings, 'Stopping now, without a checkpoint.'),
    );
    if (this.#runFolder !== null) this.#ask(this.#runFolder);
  }

  /** A trainer that cannot be reached by its socket is sent a signal. What comes of it shows in the run's own end. */
  #ask(runFolder: string): void {
    const isOrder = this.#presses > 1;
    const force = (): Promise<boolean> => signalTrainer(runFolder, isOrder ? 'SIGKILL' : 'SIGTERM');
    const asked = this.#presses > 2 ? force() : sendCommand(runFolder, { type: 'stop', now: isOrder }).catch(force);
    void asked.catch(() => false);
  }
}
