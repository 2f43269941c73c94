/** GPQA (Rein et al. 2023; Idavidrein/gpqa): one right and three wrong choices, shuffled by seed. */
import { BOXED_LETTER, type Benchmark } from './benchmark.ts';
import { shuffledChoices } from './choices.ts';

export const gpqa: Benchmark = {
  name: 'gpqa-diamond',
  title: 'GPQA Diamond',
  size: 198,
  samplesPerProblem: 4,
  instruction: BOXED_LETTER,
  parse: (row, { place, seed }) => {
    const id = row.optional('Record ID') ?? `gpqa-${place}`;
    const wrong = [1, 2, 3].map((number) => row.text(`Incorrect Answer ${number}`));
    return {
      id,
      ...shuffledChoices(row.text('Question'), row.text('Correct Answer'), wrong, { id, seed }),
      grader: 'choice',
      level: row.optional("Writer's Difficulty Estimate"),
      subject: row.optional('Subdomain', 'High-level domain'),
    };
  },
};
