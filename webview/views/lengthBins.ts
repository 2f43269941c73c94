/** How long right and wrong completions are: counts in bins of equal width, and what they come to in a sentence. Plain data: no document. */
import type { MeasuredAnswer, MeasuredProblem } from '../../src/protocol/panel.ts';
import { roundStep } from '../charts/ticks.ts';
import type { Words } from '../text.ts';
import { isCut, isRight } from './problemRows.ts';

const BINS = 24;

export interface LengthBin {
  /** Tokens, from `from` to below `to`. */
  readonly from: number;
  readonly to: number;
  readonly right: number;
  /** All others that were graded, those that were cut among them. */
  readonly wrong: number;
  readonly cut: number;
}

export interface Lengths {
  readonly bins: readonly LengthBin[];
  /** In tokens; null for none. */
  readonly medianRight: number | null;
  readonly medianWrong: number | null;
  readonly right: number;
  readonly wrong: number;
  /** Wrong ones that were cut at the token limit. */
  readonly cut: number;
}

/** Completions that nobody graded are left out. */
export function lengthsOf(problems: readonly MeasuredProblem[]): Lengths {
  const answers = problems.flatMap((problem) => problem.answers).filter(({ verdict }) => verdict !== 'ungraded');
  const [right, wrong] = [answers.filter(isRight), answers.filter((answer) => !isRight(answer))];
  return {
    bins: binsOf(answers),
    medianRight: medianOf(right),
    medianWrong: medianOf(wrong),
    right: right.length,
    wrong: wrong.length,
    cut: wrong.filter(isCut).length,
  };
}

/** From the bin of the shortest to that of the longest. */
function binsOf(answers: readonly MeasuredAnswer[]): LengthBin[] {
  if (answers.length === 0) return [];
  const tokens = answers.map((answer) => answer.tokens);
  const [least, most] = tokens.reduce(([low, high], one) => [Math.min(low, one), Math.max(high, one)], [Infinity, 0]);
  const width = Math.max(1, roundStep((most - least + 1) / BINS));
  const first = Math.floor(least / width);
  const counts = Array.from({ length: Math.floor(most / width) - first + 1 }, () => ({ right: 0, wrong: 0, cut: 0 }));
  for (const answer of answers) {
    const bin = counts[Math.floor(answer.tokens / width) - first];
    if (!bin) continue;
    if (isRight(answer)) bin.right++;
    else bin.wrong++;
    if (!isRight(answer) && isCut(answer)) bin.cut++;
  }
  return counts.map((count, at) => ({ from: (first + at) * width, to: (first + at + 1) * width, ...count }));
}

function medianOf(answers: readonly MeasuredAnswer[]): number | null {
  const sorted = answers.map(({ tokens }) => tokens).sort((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return low === undefined || high === undefined ? null : (low + high) / 2;
}

export function lengthSummary(lengths: Lengths, { t, count, shortPercent }: Words): string {
  const { medianRight, medianWrong, right, wrong, cut } = lengths;
  if (medianRight === null && medianWrong === null) return '';
  if (medianRight === null)
    return t(
      'None of {0} completions is right; their median length is {1} tokens.',
      count(wrong),
      count(medianWrong ?? 0),
    );
  if (medianWrong === null)
    return t('All {0} completions are right; their median length is {1} tokens.', count(right), count(medianRight));
  const told = t(
    'The median right completion has {0} tokens, the median wrong one {1}.',
    count(medianRight),
    count(medianWrong),
  );
  return cut === 0
    ? told
    : `${told} ${t('{0} of the wrong ones were cut at the token limit.', shortPercent(cut / wrong))}`;
}
