/** All that a run has told, read from its folder. */
import { RunFailure } from '../engine/recipes/runFailure.ts';
import type { StampedEvent } from '../protocol/events.ts';
import { isSampleFile } from '../protocol/runFolder.ts';
import { said } from '../protocol/sentence.ts';
import { shown } from '../protocol/shown.ts';
import { apply, newRun, type RunState } from '../protocol/state.ts';
import { EventTail } from '../runs/eventTail.ts';

export function foldedRun(runFolder: string): RunState {
  const run = newRun();
  for (const event of toldEvents(runFolder)) apply(run, event);
  return run;
}

/** The same for whoever opens the files that it tells of: somebody else may have made the folder. Throws RunFailure 'badDataset'. */
export function foldedEvaluations(runFolder: string): RunState {
  const run = foldedRun(runFolder);
  const odd = run.sampleFiles.find((told) => !isSampleFile(told));
  if (odd === undefined) return run;
  throw new RunFailure(
    'badDataset',
    said`${runFolder} tells of completions in ${shown(odd.file)} at step ${shown(odd.step)}: no run tells such a thing.`,
    'Measure the checkpoint again.',
  );
}

/** In order, read piece by piece. */
export function* toldEvents(runFolder: string): Generator<StampedEvent> {
  const tail = new EventTail(runFolder);
  do yield* tail.read();
  while (tail.hasMore);
}
