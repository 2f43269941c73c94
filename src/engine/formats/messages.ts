/** Chats as OpenAI and TRL write them: `messages`, a list of `{role, content}`. */
import { exampleOf, turnsOf } from './conversation.ts';
import { optional, required, type Format } from './format.ts';

export const messages: Format = {
  name: 'messages',
  roles: [
    required('messages', 'messages'),
    optional('answer', 'answer', 'ground_truth'),
    optional('difficulty', 'difficulty'),
    optional('level', 'level'),
  ],
  parse: (row) => {
    const turns = turnsOf(row.list('messages'), 'messages', 'role', 'content');
    return [
      exampleOf(turns, 'messages', {
        answer: row.optionalText('answer'),
        difficulty: row.number('difficulty'),
        level: row.label('level'),
      }),
    ];
  },
};
