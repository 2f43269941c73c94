/** GSM8K (Cobbe et al. 2021; openai/gsm8k): the solution ends in `#### 1,234`. */
import { UnreadableRow } from '../formats/format.ts';
import { BOXED, type Benchmark } from './benchmark.ts';

export const gsm8k: Benchmark = {
  name: 'gsm8k',
  title: 'GSM8K',
  size: 1319,
  samplesPerProblem: 1,
  instruction: BOXED,
  parse: (row, { place }) => ({
    id: `gsm8k-${place}`,
    problem: row.text('question'),
    gold: afterHashes(row.text('answer')),
    grader: 'math',
    level: null,
    subject: null,
  }),
};

function afterHashes(solution: string): string {
  const at = solution.lastIndexOf('####');
  const answer = solution
    .slice(at + 4)
    .trim()
    .replaceAll(',', '');
  if (at >= 0 && answer !== '') return answer;
  throw new UnreadableRow('wrongType', '"answer" does not end in "#### " and a number');
}
