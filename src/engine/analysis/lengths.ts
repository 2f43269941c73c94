/** How long completions are, right and wrong ones, and what a token earns. */
import type { LengthAnalysis, LengthsOf } from '../../protocol/analysis.ts';
import { lengthStatistics } from '../preflight/lengthStatistics.ts';
import { type Answer, type Answers, isCorrect, meanAmong, ratioOf, shareOf } from './answers.ts';

export function lengthsOf(answers: Answers<Answer>): LengthAnalysis {
  return {
    all: those(answers, () => true),
    correct: those(answers, isCorrect),
    wrong: those(answers, (answer) => !isCorrect(answer)),
    accuracy: shareOf(answers, isCorrect),
    tokenEfficiency: ratioOf(answers, (answer) => (isCorrect(answer) ? 1000 : 0), tokensOf, Infinity),
  };
}

const tokensOf = ({ tokens }: Answer): number => tokens;

function those(answers: Answers<Answer>, holds: (answer: Answer) => boolean): LengthsOf {
  const lengths = answers.flat().filter(holds).map(tokensOf);
  return {
    count: lengths.length,
    mean: meanAmong(answers, holds, tokensOf),
    statistics: lengthStatistics(lengths),
  };
}
