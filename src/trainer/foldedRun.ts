/** All that a run has told, read from its folder. */
import type { StampedEvent } from '../protocol/events.ts';
import { apply, newRun, type RunState } from '../protocol/state.ts';
import { EventTail } from '../runs/eventTail.ts';

export function foldedRun(runFolder: string): RunState {
  const run = newRun();
  for (const event of toldEvents(runFolder)) apply(run, event);
  return run;
}

/** In order, read piece by piece. */
export function* toldEvents(runFolder: string): Generator<StampedEvent> {
  const tail = new EventTail(runFolder);
  do yield* tail.read();
  while (tail.hasMore);
}
