/** What a model's template and tokenizer will do to every row, found out on one small conversation before any data is read. */
import { chatFinding, type ChatFinding } from './chatFinding.ts';
import { ChatEncoder, type ChatEncoderOptions } from './chatEncoder.ts';
import type { Message } from './chatTemplate.ts';

const WITH_TRACE: readonly Message[] = [
  { role: 'user', content: 'The sum of 1 and 1' },
  { role: 'assistant', content: '<think>\nOne and one make two.\n</think>\n\nThe answer is 2.' },
];

/** For pre-flight: findings that do not depend on a row. Rejects as the template does. */
export async function probeTemplate(options: ChatEncoderOptions): Promise<readonly ChatFinding[]> {
  const [outcome] = await new ChatEncoder(options).encode([WITH_TRACE]);
  const ofTemplate = !outcome ? [] : 'refused' in outcome ? [outcome.refused] : outcome.findings;
  const { special } = options.tokenizer;
  return special.end.includes(special.pad) ? [...ofTemplate, chatFinding('padIsEnd')] : ofTemplate;
}
