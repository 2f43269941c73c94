/** LIMO: a `question`, a `solution` that is the whole chain of thought, and the `answer`. */
import { optional, plainExample, required, type Format } from './format.ts';

export const limo: Format = {
  name: 'limo',
  roles: [
    required('problem', 'question'),
    required('solution', 'solution'),
    required('answer', 'answer'),
    optional('difficulty', 'difficulty', 'level'),
    optional('level', 'level'),
  ],
  parse: (row) => {
    const asked = [{ role: 'user', content: row.text('problem') }] as const;
    const more = {
      answer: row.textOrNumber('answer'),
      difficulty: row.number('difficulty'),
      level: row.label('level'),
    };
    return [plainExample(asked, row.text('solution'), more)];
  },
};
