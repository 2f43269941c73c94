/** For a program: one stamped event per line, and a summary last. */
import type { StampedEvent } from '../../protocol/events.ts';
import type { Console } from '../console.ts';
import { summaryOf, type Outcome } from '../summary.ts';
import { complaint } from './ending.ts';
import type { Reporter } from './reporter.ts';

export class JsonReporter implements Reporter {
  readonly #console: Console;

  constructor(console: Console) {
    this.#console = console;
  }

  event(stamped: StampedEvent): void {
    this.#console.out(`${JSON.stringify(stamped)}\n`);
  }

  tick(): void {
    // Programs read events only.
  }

  note(sentence: string): void {
    this.#console.err(`${sentence}\n`);
  }

  end(outcome: Outcome): void {
    this.#console.out(`${JSON.stringify(summaryOf(outcome))}\n`);
    const trouble = complaint(outcome, this.#console);
    if (trouble !== '') this.#console.err(`${trouble}\n`);
  }
}
