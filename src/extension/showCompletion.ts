/** Opens a completion as a document beside the code. */
import { displayLine } from '../protocol/displayText.ts';
import type { Completion } from '../protocol/events.ts';
import { completionText } from './completionText.ts';
import type { Parts } from './parts.ts';
import { completionKey } from './findCompletion.ts';
import type { RunWatcher } from './runWatcher.ts';

export async function showCompletion(
  { documents, say }: Pick<Parts, 'documents' | 'say'>,
  run: RunWatcher,
  completion: Completion,
): Promise<void> {
  const { name } = run.summary;
  const { prompt, step } = completion;
  const title = step === 0 ? displayLine(prompt, 30) : `${displayLine(prompt, 30)} · ${say('step {0}', step)}`;
  await documents.show(title, completionKey(run, completion.id), completionText(completion, name, say));
}
