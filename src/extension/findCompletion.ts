/** Finds a completion again by its id, in what a run has written. Knows no editor. */
import type { Completion, RunEvent } from '../protocol/events.ts';
import { EventTail } from '../runs/eventTail.ts';
import { breathe } from './breathe.ts';
import { findAnswer } from './measuredProblems.ts';
import type { RunWatcher } from './runWatcher.ts';

/** The key of a completion's document. */
export const completionKey = ({ id: run }: Pick<RunWatcher, 'id'>, id: string): string => `${run} ${id}`;

/** The run and the id that a key was made of: ids hold names of benchmarks, with spaces and all. Null where the run is gone. */
export function namedBy<Run extends Pick<RunWatcher, 'id'>>(
  key: string,
  runs: readonly Run[],
): { readonly run: Run; readonly id: string } | null {
  const run = runs.find((known) => key.startsWith(completionKey(known, '')));
  return run ? { run, id: key.slice(completionKey(run, '').length) } : null;
}

/** From the event list, or from the files of evaluations it names; the newest where a continued run has said it twice. */
export async function findCompletion(runFolder: string, id: string): Promise<Completion | null> {
  let found: Completion | null = null;
  const files = new Set<string>();
  const tail = new EventTail(runFolder);
  do {
    for (const { event } of tail.read()) {
      found = completionIn(event, id) ?? found;
      if (event.type === 'samples.written' && id.startsWith(`${event.step}-`)) files.add(event.file);
    }
    await breathe();
  } while (tail.hasMore);
  return found ?? findInFiles(runFolder, [...files], id);
}

const completionIn = (event: RunEvent, id: string): Completion | undefined =>
  event.type === 'completions.sampled' ? event.completions.find((completion) => completion.id === id) : undefined;

async function findInFiles(runFolder: string, files: readonly string[], id: string): Promise<Completion | null> {
  for (const file of files) {
    // A file that cannot be read holds it not; another may.
    const found = await findAnswer(runFolder, file, id).catch(() => null);
    if (found !== null) return found;
  }
  return null;
}
