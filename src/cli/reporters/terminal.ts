/** For a person at a terminal: lines that stay, and below them a block that is redrawn in place. */
import type { StampedEvent } from '../../protocol/events.ts';
import type { Health } from '../../protocol/panel.ts';
import type { RunState } from '../../protocol/state.ts';
import { translate } from '../../protocol/translate.ts';
import type { Console } from '../console.ts';
import { duration } from '../format.ts';
import { paint } from '../paint.ts';
import { statusBlock, type Look } from '../render.ts';
import { story } from '../story.ts';
import type { Outcome } from '../summary.ts';
import { complaint, ending } from './ending.ts';
import type { Reporter } from './reporter.ts';

export class TerminalReporter implements Reporter {
  readonly #console: Console;
  /** Lines of the block that stand on the screen now. */
  #drawn = 0;
  #block: string[] = [];
  #note = '';

  constructor(console: Console) {
    this.#console = console;
  }

  event(stamped: StampedEvent, run: RunState): void {
    this.#print(story(stamped, run, this.#look()));
  }

  tick(run: RunState, health: Health): void {
    if (run.startedAt === 0) return;
    const { strings } = this.#console;
    const silent =
      health.kind === 'notResponding'
        ? [translate(strings, 'The trainer has not answered for {0}.', duration((Date.now() - health.since) / 1000))]
        : [];
    this.#block = [...statusBlock(run, this.#look()), ...silent, ...(this.#note === '' ? [] : [this.#note])];
    this.#redraw();
  }

  note(sentence: string): void {
    this.#note = sentence;
    if (this.#block.length === 0) return this.#print([sentence]);
    this.#block = [...this.#block, sentence];
    this.#redraw();
  }

  end(outcome: Outcome): void {
    this.#block = [];
    this.#print(ending(outcome, this.#console));
    const trouble = complaint(outcome, this.#console);
    if (trouble !== '') this.#console.err(`${trouble}\n`);
  }

  #look(): Look {
    const { width, hasColor, strings } = this.#console;
    return { width: width(), paint: paint(hasColor), strings };
  }

  #print(lines: readonly string[]): void {
    if (lines.length > 0) this.#redraw(lines);
  }

  /** One write: what stays, then the block; the old block is wiped first. */
  #redraw(staying: readonly string[] = []): void {
    const wipe = this.#drawn > 0 ? `\u001b[${this.#drawn}A\r\u001b[J` : '';
    this.#console.out(wipe + [...staying, ...this.#block].map((line) => `${line}\n`).join(''));
    this.#drawn = this.#block.length;
  }
}
