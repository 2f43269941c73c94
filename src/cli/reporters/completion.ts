/** For `sample`: standard output holds what the model wrote and nothing else; all the rest goes to standard error. */
import { displayText } from '../../protocol/displayText.ts';
import type { StampedEvent } from '../../protocol/events.ts';
import type { RunState } from '../../protocol/state.ts';
import { translate } from '../../protocol/translate.ts';
import type { Console } from '../console.ts';
import { phaseText } from '../render.ts';
import type { Outcome } from '../summary.ts';
import { complaint } from './ending.ts';
import type { Reporter } from './reporter.ts';

export class CompletionReporter implements Reporter {
  readonly #console: Console;
  /** What of the completion under way has been printed. */
  #printed = '';

  constructor(console: Console) {
    this.#console = console;
  }

  event({ event }: StampedEvent, run: RunState): void {
    if (event.type === 'completions.sampled') for (const { text } of event.completions) this.#finish(text);
    if (event.type === 'phase.changed' && this.#console.isTerminal && this.#printed === '')
      this.#console.err(`${phaseText(run.phase, this.#console.strings)}…\n`);
  }

  tick(): void {
    // Nothing to redraw: tokens come as they are written.
  }

  note(sentence: string): void {
    this.#console.err(`${sentence}\n`);
  }

  /** The next piece of the completion under way. */
  sampled(text: string): void {
    if (!this.#console.isTerminal) return;
    this.#printed += text;
    this.#console.out(displayText(text));
  }

  end(outcome: Outcome): void {
    const { strings, isTerminal } = this.#console;
    const trouble = complaint(outcome, this.#console);
    if (trouble !== '') this.#console.err(`${trouble}\n`);
    else if (isTerminal) this.#console.err(`${translate(strings, 'Run folder:')} ${outcome.runFolder}\n`);
  }

  /** The pieces may have begun before we listened: then the whole is printed again. */
  #finish(text: string): void {
    const isPart = text.startsWith(this.#printed);
    const rest = isPart ? text.slice(this.#printed.length) : `\n${text}`;
    this.#printed = '';
    this.#console.out(`${displayText(rest)}\n`);
  }
}
