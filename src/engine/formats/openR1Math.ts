/** OpenR1-Math: a `problem` with several `generations`, each with the verdict of Math-Verify, and the `answer`. */
import { optional, plainExample, required, UnreadableRow, type Format, type MappedRow } from './format.ts';

export const openR1Math: Format = {
  name: 'openr1-math',
  roles: [
    required('problem', 'problem'),
    required('generations', 'generations'),
    optional('correctness', 'correctness_math_verify'),
    optional('answer', 'answer'),
    optional('difficulty', 'difficulty'),
    optional('level', 'level'),
  ],
  /** One example for each generation. Without a difficulty of its own, a problem is as hard as its generations are often wrong. */
  parse: (row) => {
    const asked = [{ role: 'user', content: row.text('problem') }] as const;
    const generations = row.texts('generations');
    const verdicts = verdictsOf(row, generations.length);
    const wrong = verdicts.filter((isCorrect) => isCorrect === false).length;
    const failed = verdicts.every((isCorrect) => isCorrect !== null) ? wrong / verdicts.length : null;
    const more = {
      answer: row.optionalText('answer'),
      difficulty: row.number('difficulty') ?? failed,
      level: row.label('level'),
    };
    const examples = generations.flatMap((text, at) =>
      text.trim() === '' ? [] : [plainExample(asked, text, { ...more, isCorrect: verdicts[at] ?? null })],
    );
    if (examples.length === 0) throw new UnreadableRow('empty', 'every text in "generations" is empty');
    return examples;
  },
};

function verdictsOf(row: MappedRow, count: number): readonly (boolean | null)[] {
  if (row.value('correctness') === null) return Array.from({ length: count }, () => null);
  const verdicts = row.list('correctness');
  if (verdicts.length !== count)
    throw new UnreadableRow('wrongType', `"correctness" has ${verdicts.length} entries for ${count} generations`);
  return verdicts.map((verdict) => (typeof verdict === 'boolean' ? verdict : null));
}
