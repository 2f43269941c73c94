/** Errors in what completions compute: how often, how early, what reflection mends and what it breaks. */
import type { ErrorAnalysis } from '../../protocol/analysis.ts';
import { type Answer, type Answers, isCorrect, meanOf, ratioOf, shareAmong, sumOf } from './answers.ts';
import { survivalOf } from './survival.ts';
import type { TraceSteps } from './traceSteps.ts';

export type Stepped = Answer & { readonly steps: TraceSteps };

export function errorAccumulation(answers: Answers<Stepped>): ErrorAnalysis {
  const all = answers.flat().map(({ steps }) => steps);
  const isChecked = ({ steps }: Stepped): boolean => steps.count > 0;
  const isStanding = ({ steps }: Stepped): boolean => steps.firstStanding !== null;
  const survival = (failedAt: (steps: TraceSteps) => number | null) =>
    survivalOf(
      answers.map((ofProblem) => ofProblem.map(({ steps }) => ({ steps: steps.count, failedAt: failedAt(steps) }))),
    );
  return {
    checked: all.filter(({ count }) => count > 0).length,
    incomplete: all.filter(({ isComplete }) => !isComplete).length,
    steps: sumOf(all, ({ count }) => count),
    perCompletion: meanOf(answers, ({ steps }) => steps.count),
    errorRate: ratioOf(
      answers,
      ({ steps }) => steps.wrong.length,
      ({ steps }) => steps.count,
    ),
    wrong: sumOf(all, ({ wrong }) => wrong.length),
    repaired: sumOf(all, ({ repaired }) => repaired.length),
    broken: sumOf(all, ({ broken }) => broken.length),
    first: survival(({ firstError }) => firstError),
    standing: survival(({ firstStanding }) => firstStanding),
    accuracyWithStanding: shareAmong(answers, isStanding, isCorrect),
    accuracyWithout: shareAmong(answers, (answer) => isChecked(answer) && !isStanding(answer), isCorrect),
  };
}
