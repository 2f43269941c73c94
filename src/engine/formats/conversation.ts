/** Turns of a conversation, as the formats of chats share them. */
import { kindOf, plainExample, UnreadableRow, type Example, type Turn } from './format.ts';

/** Names of roles as data sets write them. */
const ROLES: Readonly<Record<string, Turn['role']>> = {
  system: 'system',
  developer: 'system',
  user: 'user',
  human: 'user',
  assistant: 'assistant',
  gpt: 'assistant',
  model: 'assistant',
  tool: 'tool',
  observation: 'tool',
  function: 'tool',
};

/** Reads turns whose role and content stand under these keys. `column` is named in what is thrown. */
export const turnsOf = (list: readonly unknown[], column: string, role: string, content: string): Turn[] =>
  list.map((entry, at) => {
    const [written, text] = [field(entry, role), field(entry, content)];
    const known = typeof written === 'string' && Object.hasOwn(ROLES, written) ? ROLES[written] : undefined;
    if (known === undefined)
      throw new UnreadableRow(
        'wrongType',
        `"${column}[${at}].${role}" is ${describe(written)}, not the name of a role`,
      );
    if (typeof text !== 'string')
      throw new UnreadableRow('wrongType', `"${column}[${at}].${content}" is ${kindOf(text)}, not text`);
    return { role: known, content: text };
  });

/** The last turn of the assistant is what is learned; the turns before it are the prompt. */
export function exampleOf(
  turns: readonly Turn[],
  column: string,
  more: Partial<Pick<Example, 'answer' | 'isCorrect' | 'difficulty' | 'level'>> = {},
): Example {
  const last = turns.findLastIndex(({ role }) => role === 'assistant');
  const completion = turns[last]?.content ?? '';
  if (last < 0) throw new UnreadableRow('empty', `"${column}" has no turn of the assistant`);
  if (completion.trim() === '')
    throw new UnreadableRow('empty', `the last turn of the assistant in "${column}" is empty`);
  if (!turns.slice(0, last).some(({ role }) => role === 'user'))
    throw new UnreadableRow('empty', `"${column}" has no turn of the user before the answer`);
  return plainExample(turns.slice(0, last), completion, more);
}

const field = (entry: unknown, key: string): unknown =>
  typeof entry === 'object' && entry !== null && Object.hasOwn(entry, key)
    ? ((entry as Readonly<Record<string, unknown>>)[key] ?? null)
    : null;

const describe = (value: unknown): string =>
  typeof value === 'string' ? JSON.stringify(value.slice(0, 40)) : kindOf(value);
