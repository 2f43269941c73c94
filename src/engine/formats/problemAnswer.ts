/** Problems without a completion, as sets for reinforcement learning have them: what is asked, and the right answer. */
import { turnsOf } from './conversation.ts';
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

export const problemAnswer: Format = {
  name: 'problem-answer',
  roles: [
    required('problem', 'problem', 'question', 'prompt'),
    required('answer', 'answer', 'ground_truth', 'final_answer'),
    optional('system', 'system'),
    optional('difficulty', 'difficulty'),
    optional('level', 'level'),
  ],
  parse: (row) => {
    const [difficulty, level] = [row.number('difficulty'), row.label('level')];
    return [plainExample(askedOf(row), '', { answer: row.textOrNumber('answer'), difficulty, level })];
  },
};

/** Turns as they are, a text as one message of the user. */
function askedOf(row: MappedRow): Example['prompt'] {
  const system = row.optionalText('system');
  const before: readonly Turn[] = system === null ? [] : [{ role: 'system', content: system }];
  if (!Array.isArray(row.value('problem'))) return [...before, { role: 'user', content: row.text('problem') }];
  const turns = turnsOf(row.list('problem'), 'problem', 'role', 'content');
  if (turns.at(-1)?.role !== 'user') throw new UnreadableRow('empty', '"problem" does not end with a turn of the user');
  return [...before, ...turns];
}
