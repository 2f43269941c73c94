/** Chats as ShareGPT writes them: `conversations`, a list of `{from, value}`, and perhaps a `system` text. */
import { exampleOf, turnsOf } from './conversation.ts';
import { optional, required, type Format, type Turn } from './format.ts';

export const shareGpt: Format = {
  name: 'sharegpt',
  roles: [
    required('conversations', 'conversations', 'conversation'),
    optional('system', 'system'),
    optional('answer', 'answer'),
    optional('difficulty', 'difficulty'),
    optional('level', 'level'),
  ],
  parse: (row) => {
    const turns = turnsOf(row.list('conversations'), 'conversations', 'from', 'value');
    const system = row.optionalText('system');
    const first: readonly Turn[] = system === null ? [] : [{ role: 'system', content: system }];
    const more = {
      answer: row.optionalText('answer'),
      difficulty: row.number('difficulty'),
      level: row.label('level'),
    };
    return [exampleOf([...first, ...turns], 'conversations', more)];
  },
};
