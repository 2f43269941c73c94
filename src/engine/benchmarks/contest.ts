/** Contests of one year, as several publishers give them: some in files of several years, told apart by address, year or id. */
import { BOXED, type Benchmark, type BenchmarkRow } from './benchmark.ts';

interface Contest {
  readonly name: string;
  readonly title: string;
  readonly size: number;
  readonly samplesPerProblem: number;
  /** `2024`. */
  readonly year: string;
}

/** Columns: problem or question, answer; id, url and year where there are. */
export const contest = ({ year, ...about }: Contest): Benchmark => ({
  ...about,
  instruction: BOXED,
  parse: (row, { place }) => {
    if (!isOfYear(row, year)) return null;
    return {
      id: row.optional('url', 'id', 'ID', 'unique_id', 'problem_idx') ?? `${about.name}-${place}`,
      problem: row.text('problem', 'Problem', 'question'),
      gold: row.text('answer', 'Answer'),
      grader: 'math',
      level: null,
      subject: null,
    };
  },
});

/** A row that names no year is taken to be of this one. */
function isOfYear(row: BenchmarkRow, year: string): boolean {
  const told = [row.optional('year'), ...[row.optional('url'), row.optional('ID', 'id')].map(yearIn)];
  const known = told.find((one) => one !== null);
  return known === undefined || known === year;
}

const yearIn = (text: string | null): string | null => /(?:^|\D)(20\d\d)(?:\D|$)/.exec(text ?? '')?.[1] ?? null;
