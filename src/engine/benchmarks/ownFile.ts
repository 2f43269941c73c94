/** A benchmark of one's own: any file of problems with right answers, by a mapping of columns. */
import { BOXED, BOXED_LETTER, type Benchmark, type BenchmarkGrader } from './benchmark.ts';
import { shuffledChoices } from './choices.ts';

export interface OwnFile {
  readonly name: string;
  readonly grader: BenchmarkGrader;
  /** `choices` names a list of wrong choices: then the right answer is one more, and letters are asked for. */
  readonly columns: {
    readonly problem: string;
    readonly answer: string;
    readonly choices?: string | undefined;
    readonly id?: string | undefined;
    readonly level?: string | undefined;
    readonly subject?: string | undefined;
  };
}

export const ownFile = ({ name, grader, columns }: OwnFile): Benchmark => ({
  name,
  title: name,
  size: Infinity,
  samplesPerProblem: 1,
  instruction: columns.choices === undefined ? BOXED : BOXED_LETTER,
  parse: (row, { place, seed }) => {
    const named = (column: string | undefined): string | null => (column === undefined ? null : row.optional(column));
    const id = named(columns.id) ?? `${name}-${place}`;
    const [problem, gold] = [row.text(columns.problem), row.text(columns.answer)];
    const rest = { level: named(columns.level), subject: named(columns.subject) };
    if (columns.choices === undefined) return { id, problem, gold, grader, ...rest };
    const wrong = row.texts(columns.choices).filter((choice) => choice !== gold);
    return { id, ...shuffledChoices(problem, gold, wrong, { id, seed }), grader: 'choice', ...rest };
  },
});
