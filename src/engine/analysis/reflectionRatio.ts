/** How many completions reflect, and how long and how good they are beside those that do not. */
import type { ReflectionAnalysis, ReflectionSide } from '../../protocol/analysis.ts';
import { type Answers, isCorrect, meanAmong, meanOf, shareAmong, shareOf } from './answers.ts';
import type { Watched } from './endings.ts';

/** An answer with the number of its reflections. */
export type Reflecting = Watched & { readonly reflections: number };

/** The paper's class 2; what only repeats itself is its class 0, whatever words it repeats. */
const isReflective = ({ reflections, loops }: Reflecting): boolean => reflections > 0 && loops.length === 0;

export function reflectionRatio(answers: Answers<Reflecting>): ReflectionAnalysis {
  return {
    ratio: shareOf(answers, isReflective),
    perCompletion: meanOf(answers, ({ reflections }) => reflections),
    withReflection: side(answers, isReflective),
    without: side(answers, (answer) => !isReflective(answer)),
  };
}

const side = (answers: Answers<Reflecting>, holds: (answer: Reflecting) => boolean): ReflectionSide => ({
  count: answers.flat().filter(holds).length,
  meanLength: meanAmong(answers, holds, ({ tokens }) => tokens),
  accuracy: shareAmong(answers, holds, isCorrect),
});
