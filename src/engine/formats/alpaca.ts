/** Stanford Alpaca: `instruction`, perhaps an `input` to it, and the `output`. */
import { optional, plainExample, required, type Format, type Turn } from './format.ts';

export const alpaca: Format = {
  name: 'alpaca',
  roles: [
    required('instruction', 'instruction'),
    optional('input', 'input'),
    required('output', 'output'),
    optional('system', 'system'),
    optional('answer', 'answer'),
    optional('difficulty', 'difficulty'),
    optional('level', 'level'),
  ],
  parse: (row) => {
    const [system, input] = [row.optionalText('system'), row.optionalText('input')];
    const asked = row.text('instruction');
    const turns: Turn[] = system === null ? [] : [{ role: 'system', content: system }];
    turns.push({ role: 'user', content: input === null ? asked : `${asked}\n\n${input}` });
    const more = {
      answer: row.optionalText('answer'),
      difficulty: row.number('difficulty'),
      level: row.label('level'),
    };
    return [plainExample(turns, row.text('output'), more)];
  },
};
