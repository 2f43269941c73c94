/** All that a run has told, read from its folder. */
import { apply, newRun, type RunState } from '../protocol/state.ts';
import { EventTail } from '../runs/eventTail.ts';

export function foldedRun(runFolder: string): RunState {
  const [run, tail] = [newRun(), new EventTail(runFolder)];
  do for (const event of tail.read()) apply(run, event);
  while (tail.hasMore);
  return run;
}
