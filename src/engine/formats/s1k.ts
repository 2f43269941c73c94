/** s1K: a `question`, the chain of thought(s) of a teacher and what it answered; s1K-1.1 names the columns after the teacher. */
import { optional, plainExample, required, UnreadableRow, type Format } from './format.ts';

export const s1k: Format = {
  name: 's1k',
  roles: [
    required('problem', 'question'),
    required('thinking', 'thinking_trajectories', 'deepseek_thinking_trajectory', 'gemini_thinking_trajectory'),
    required('attempt', 'attempt', 'deepseek_attempt', 'gemini_attempt'),
    optional('answer', 'answer', 'solution'),
    optional('difficulty', 'difficulty'),
    optional('level', 'level'),
  ],
  parse: (row) => {
    const asked = [{ role: 'user', content: row.text('problem') }] as const;
    const thoughts = Array.isArray(row.value('thinking')) ? row.texts('thinking') : [row.text('thinking')];
    const attempt = row.text('attempt');
    const more = {
      answer: row.optionalText('answer'),
      difficulty: row.number('difficulty'),
      level: row.label('level'),
    };
    const written = thoughts.filter((thought) => thought.trim() !== '');
    if (written.length === 0) throw new UnreadableRow('empty', 'every chain of thought is empty');
    return written.map((thought) => plainExample(asked, `<think>\n${thought.trim()}\n</think>\n\n${attempt}`, more));
  },
};
