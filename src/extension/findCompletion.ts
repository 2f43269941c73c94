/** Finds a completion again by its id, in what a run has written. Knows no editor. */
import type { Completion, RunEvent } from '../protocol/events.ts';
import { EventTail } from '../runs/eventTail.ts';
import { breathe } from './breathe.ts';
import { readSamples } from './sampleFile.ts';
import type { Say } from './say.ts';

/** From the event list, or from the files of evaluations it names; the newest where a continued run has said it twice. */
export async function findCompletion(runFolder: string, id: string, say: Say): Promise<Completion | null> {
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
  return found ?? findInFiles(runFolder, [...files], id, say);
}

const completionIn = (event: RunEvent, id: string): Completion | undefined =>
  event.type === 'completions.sampled' ? event.completions.find((completion) => completion.id === id) : undefined;

async function findInFiles(
  runFolder: string,
  files: readonly string[],
  id: string,
  say: Say,
): Promise<Completion | null> {
  for (const file of files) {
    const { completions } = await readSamples(runFolder, file, say);
    const found = completions.find((completion) => completion.id === id);
    if (found !== undefined) return found;
  }
  return null;
}
