/** The text of a read-only document that the editor brings back after a reload, made anew from what lies on disk. */
import { DOCTOR_KEY, doctorReport } from './commands/doctor.ts';
import { isExampleKey, reopenExample } from './commands/previewExample.ts';
import { completionText } from './completionText.ts';
import { findCompletion } from './findCompletion.ts';
import type { Parts } from './parts.ts';
import type { RunWatcher } from './runWatcher.ts';

/** The key of a completion's document. */
export const completionKey = (run: RunWatcher, id: string): string => `${run.id} ${id}`;

/** Null where the run or the completion is gone. */
export async function reopenDocument(parts: Parts, key: string): Promise<string | null> {
  if (key === DOCTOR_KEY) return doctorReport(parts);
  if (isExampleKey(key)) return reopenExample(parts, key);
  const end = key.lastIndexOf(' ');
  await parts.registry.whenScanned;
  const run = parts.registry.find(key.slice(0, end));
  if (run === null) return null;
  const completion = await findCompletion(run.folder, key.slice(end + 1), parts.say);
  return completion && completionText(completion, run.summary.name, parts.say);
}
