/** The problems of an evaluation as rows: which are listed, in which order. Plain data: no document. */
import type { MeasuredAnswer, MeasuredProblem } from '../../src/protocol/panel.ts';
import type { ProblemFilter, ProblemOrder, UiState } from '../uiState.ts';

export interface ProblemRow {
  /** In its evaluation, from 0. */
  readonly place: number;
  readonly problem: MeasuredProblem;
  /** Right answers. */
  readonly right: number;
  /** Answers that were cut at the token limit. */
  readonly cut: number;
  /** Mean number of tokens. */
  readonly length: number;
}

export const isRight = ({ verdict }: MeasuredAnswer): boolean => verdict === 'correct';
export const isCut = ({ finishReason }: MeasuredAnswer): boolean => finishReason === 'length';

export const problemRows = (problems: readonly MeasuredProblem[]): ProblemRow[] =>
  problems.map((problem, place) => {
    const { answers } = problem;
    const tokens = answers.reduce((sum, answer) => sum + answer.tokens, 0);
    const [right, cut] = [answers.filter(isRight).length, answers.filter(isCut).length];
    return { place, problem, right, cut, length: answers.length > 0 ? tokens / answers.length : 0 };
  });

export function passesProblem({ problem, right, cut }: ProblemRow, filter: ProblemFilter): boolean {
  const count = problem.answers.length;
  switch (filter) {
    case 'all':
      return true;
    case 'solved':
      return right === count;
    case 'mixed':
      return right > 0 && right < count;
    case 'unsolved':
      return right === 0;
    case 'truncated':
      return cut > 0;
    default:
      return filter satisfies never;
  }
}

export type ProblemChoice = Pick<UiState, 'problemFilter' | 'problemSearch' | 'problemOrder'>;

export function listedProblems(rows: readonly ProblemRow[], choice: ProblemChoice): ProblemRow[] {
  const wanted = choice.problemSearch.toLowerCase();
  const finds = ({ problem: { prompt, gold, answers } }: ProblemRow): boolean =>
    wanted === '' ||
    [prompt, gold, ...answers.map(({ answer }) => answer)].some((text) => text?.toLowerCase().includes(wanted));
  const passing = rows.filter((row) => passesProblem(row, choice.problemFilter) && finds(row));
  return passing.sort(orderOf(choice.problemOrder));
}

function orderOf(order: ProblemOrder): (a: ProblemRow, b: ProblemRow) => number {
  switch (order) {
    case 'measured':
      return (a, b) => a.place - b.place;
    case 'hardest':
      return (a, b) => shareOf(a) - shareOf(b) || b.length - a.length || a.place - b.place;
    case 'longest':
      return (a, b) => b.length - a.length || a.place - b.place;
    default:
      return order satisfies never;
  }
}

const shareOf = ({ right, problem }: ProblemRow): number => right / Math.max(1, problem.answers.length);
