/** The text of a read-only document that the editor brings back after a reload, made anew from what lies on disk. */
import { DOCTOR_KEY, doctorReport } from './commands/doctor.ts';
import { isExampleKey, reopenExample } from './commands/previewExample.ts';
import { completionText } from './completionText.ts';
import { findCompletion, namedBy } from './findCompletion.ts';
import type { Parts } from './parts.ts';

/** Null where the run or the completion is gone. */
export async function reopenDocument(parts: Parts, key: string): Promise<string | null> {
  if (key === DOCTOR_KEY) return doctorReport(parts);
  if (isExampleKey(key)) return reopenExample(parts, key);
  await parts.registry.whenScanned;
  const named = namedBy(key, parts.registry.runs);
  if (named === null) return null;
  const completion = await findCompletion(named.run.folder, named.id);
  return completion && completionText(completion, named.run.summary.name, parts.say);
}
