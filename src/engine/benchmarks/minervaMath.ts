/** Minerva Math (OCWCourses of Lewkowycz et al. 2022): math-ai/minervamath, or with `solution` as Qwen2.5-Math has it. */
import { UnreadableRow } from '../formats/format.ts';
import { finalAnswer } from '../grading/finalAnswer.ts';
import { BOXED, type Benchmark, type BenchmarkRow } from './benchmark.ts';

export const minervaMath: Benchmark = {
  name: 'minerva-math',
  title: 'Minerva Math',
  size: 272,
  samplesPerProblem: 4,
  instruction: BOXED,
  parse: (row, { place }) => ({
    id: row.optional('idx', 'id') ?? `minerva-math-${place}`,
    problem: row.text('problem', 'question'),
    gold: row.optional('answer') ?? boxedIn(row),
    grader: 'math',
    level: null,
    subject: row.optional('type'),
  }),
};

function boxedIn(row: BenchmarkRow): string {
  const solution = row.text('solution');
  const answer = solution.includes('\\boxed{') ? finalAnswer(solution) : null;
  if (answer === null) throw new UnreadableRow('wrongType', '"solution" has no \\boxed{…}');
  return answer;
}
