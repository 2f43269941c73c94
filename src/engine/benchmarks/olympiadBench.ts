/** OlympiadBench (He et al. 2024; Hothan/OlympiadBench, OE_TO_maths_en_COMP): open-ended math in English, text only. */
import { BOXED, type Benchmark, type BenchmarkRow } from './benchmark.ts';

export const olympiadBench: Benchmark = {
  name: 'olympiadbench',
  title: 'OlympiadBench',
  size: 674,
  samplesPerProblem: 4,
  instruction: BOXED,
  parse: (row, { place }) => {
    if (!isMeant(row)) return null;
    const context = row.optional('context');
    const question = row.text('question');
    return {
      id: row.optional('id') ?? `olympiadbench-${place}`,
      problem: context === null ? question : `${context}\n${question}`,
      gold: row.texts('final_answer').map(withoutDollars).join(', '),
      grader: 'math',
      level: row.optional('difficulty'),
      subject: row.optional('subfield'),
    };
  },
};

/** What a column says where it is there; the file of the whole set holds pictures, Chinese, physics and proofs too. */
const MEANT = [
  ['modality', 'Text-only'],
  ['language', 'English'],
  ['subject', 'Math'],
  ['question_type', 'Open-ended'],
] as const;

const isMeant = (row: BenchmarkRow): boolean =>
  MEANT.every(([column, value]) => (row.optional(column) ?? value) === value);

const withoutDollars = (answer: string): string => answer.replace(/^\$+|\$+$/g, '').trim();
