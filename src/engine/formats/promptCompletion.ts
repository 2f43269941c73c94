/** TRL's `prompt` and `completion`: both texts, or both lists of `{role, content}`; `prepare` writes turns, a text and the verdict. */
import { exampleOf, turnsOf } from './conversation.ts';
import { optional, plainExample, required, type Format } from './format.ts';

export const promptCompletion: Format = {
  name: 'prompt-completion',
  roles: [
    required('prompt', 'prompt'),
    required('completion', 'completion', 'response'),
    optional('answer', 'answer', 'ground_truth'),
    optional('correctness', 'isCorrect'),
    optional('difficulty', 'difficulty'),
    optional('level', 'level'),
  ],
  parse: (row) => {
    const verdict = row.value('correctness');
    const isCorrect = typeof verdict === 'boolean' ? verdict : null;
    const more = {
      answer: row.optionalText('answer'),
      isCorrect,
      difficulty: row.number('difficulty'),
      level: row.label('level'),
    };
    if (!Array.isArray(row.value('prompt'))) return [plainExample(row.text('prompt'), row.text('completion'), more)];
    if (typeof row.value('completion') === 'string')
      return [plainExample(turnsOf(row.list('prompt'), 'prompt', 'role', 'content'), row.text('completion'), more)];
    const turns = (['prompt', 'completion'] as const).flatMap((role) =>
      turnsOf(row.list(role), role, 'role', 'content'),
    );
    return [exampleOf(turns, 'completion', more)];
  },
};
