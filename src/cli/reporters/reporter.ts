/** Who tells a run: a redrawn block in a terminal, lines in a pipe, JSON for a program. */
import type { StampedEvent } from '../../protocol/events.ts';
import type { Health } from '../../protocol/panel.ts';
import type { RunState } from '../../protocol/state.ts';
import type { Outcome } from '../summary.ts';

export interface Reporter {
  /** An event of this attempt, after it was folded into `run`. */
  event(stamped: StampedEvent, run: RunState): void;
  /** A few times a second, whether something happened or not. */
  tick(run: RunState, health: Health): void;
  /** A sentence of the command itself. */
  note(sentence: string): void;
  end(outcome: Outcome): void;
}
