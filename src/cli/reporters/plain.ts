/** For a pipe or a file: plain lines, no control characters. */
import type { StampedEvent } from '../../protocol/events.ts';
import type { RunState } from '../../protocol/state.ts';
import type { Console } from '../console.ts';
import { paint } from '../paint.ts';
import { statusLine, type Look } from '../render.ts';
import { story } from '../story.ts';
import type { Outcome } from '../summary.ts';
import { complaint, ending } from './ending.ts';
import type { Reporter } from './reporter.ts';

/** Milliseconds of the run between two progress lines. */
const PROGRESS_MS = 5000;

export class PlainReporter implements Reporter {
  readonly #console: Console;
  #lastProgress = Number.NEGATIVE_INFINITY;

  constructor(console: Console) {
    this.#console = console;
  }

  event(stamped: StampedEvent, run: RunState): void {
    const { strings } = this.#console;
    const look: Look = { width: 200, paint: paint(false), strings };
    const isDue = stamped.event.type === 'step.finished' && stamped.time - this.#lastProgress >= PROGRESS_MS;
    if (isDue) this.#lastProgress = stamped.time;
    this.#print([...story(stamped, run, look), ...(isDue ? [statusLine(run, strings)] : [])]);
  }

  tick(): void {
    // Lines come with events only.
  }

  note(sentence: string): void {
    this.#console.err(`${sentence}\n`);
  }

  end(outcome: Outcome): void {
    this.#print(ending(outcome, this.#console));
    const trouble = complaint(outcome, this.#console);
    if (trouble !== '') this.#console.err(`${trouble}\n`);
  }

  #print(lines: readonly string[]): void {
    if (lines.length > 0) this.#console.out(lines.map((line) => `${line}\n`).join(''));
  }
}
