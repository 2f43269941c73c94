/**
 * TRL's preferences: of two completions of a prompt one is `chosen` and the other `rejected`, all texts or lists of
 * `{role, content}`; `prepare` writes the chosen one as `completion`.
 */
import { exampleOf, turnsOf } from './conversation.ts';
import {
  optional,
  plainExample,
  required,
  UnreadableRow,
  type Example,
  type Format,
  type MappedRow,
  type Turn,
} from './format.ts';

export const preference: Format = {
  name: 'preference',
  roles: [
    optional('prompt', 'prompt'),
    required('chosen', 'chosen', 'completion'),
    required('rejected', 'rejected'),
    optional('answer', 'answer', 'ground_truth'),
    optional('difficulty', 'difficulty'),
  ],
  parse: (row) => {
    const more = { answer: row.optionalText('answer'), difficulty: row.number('difficulty') };
    const pair = Array.isArray(row.value('chosen')) ? conversations(row) : texts(row);
    if (pair.completion.trim() === pair.rejected.trim())
      throw new UnreadableRow('samePair', '"chosen" and "rejected" are the same');
    return [plainExample(pair.prompt, pair.completion, { ...more, rejected: pair.rejected })];
  },
};

type Pair = Pick<Example, 'prompt' | 'completion'> & { readonly rejected: string };

/** Two texts behind a prompt that is a text or a conversation. */
function texts(row: MappedRow): Pair {
  const prompt = Array.isArray(row.value('prompt')) ? turnsIn(row, 'prompt') : row.text('prompt');
  return { prompt, completion: row.text('chosen'), rejected: row.text('rejected') };
}

/** Two conversations whose last turns differ: behind a prompt, or with the turns that they share as the prompt. */
function conversations(row: MappedRow): Pair {
  const before = promptTurns(row);
  const [chosen, rejected] = (['chosen', 'rejected'] as const).map((role) =>
    exampleOf(answerOf([...before, ...turnsIn(row, role)], role), role),
  );
  if (!chosen || !rejected || !isSamePrompt(chosen.prompt, rejected.prompt))
    throw new UnreadableRow('wrongType', '"chosen" and "rejected" differ before their last turns');
  return { prompt: chosen.prompt, completion: chosen.completion, rejected: rejected.completion };
}

/** None where the conversations hold the prompt themselves, as in data sets that repeat it as a text. */
function promptTurns(row: MappedRow): readonly Turn[] {
  if (Array.isArray(row.value('prompt'))) return turnsIn(row, 'prompt');
  const text = row.optionalText('prompt');
  const isWhole = turnsIn(row, 'chosen').some(({ role }) => role === 'user');
  return text === null || isWhole ? [] : [{ role: 'user', content: text }];
}

const turnsIn = (row: MappedRow, role: 'prompt' | 'chosen' | 'rejected'): Turn[] =>
  turnsOf(row.list(role), role, 'role', 'content');

/** What is compared ends with an answer: turns behind it would be read as if they were not there. */
function answerOf(turns: readonly Turn[], role: string): readonly Turn[] {
  if (turns.at(-1)?.role === 'assistant') return turns;
  throw new UnreadableRow('empty', `"${role}" does not end with a turn of the assistant`);
}

const isSamePrompt = (a: Example['prompt'], b: Example['prompt']): boolean => JSON.stringify(a) === JSON.stringify(b);
