/** Everything the analysis finds in the completions of one evaluation. */
import type { EvaluationAnalysis } from '../../protocol/analysis.ts';
import type { Answer, Answers } from './answers.ts';
import { endingsOf } from './endings.ts';
import { errorAccumulation } from './errorAccumulation.ts';
import { lengthsOf } from './lengths.ts';
import { loopsIn } from './loops/loops.ts';
import { reflectionRatio } from './reflectionRatio.ts';
import { reflectionsIn } from './reflections.ts';
import { traceSteps } from './traceSteps.ts';

/** `answers[problem]` are its completions; there is at least one problem, and none without a completion. */
export function analyseEvaluation(answers: Answers<Answer>): Omit<EvaluationAnalysis, 'benchmark' | 'step'> {
  const looked = answers.map((ofProblem) => ofProblem.map(look));
  return {
    problems: answers.length,
    completions: answers.flat().length,
    lengths: lengthsOf(answers),
    endings: endingsOf(looked),
    reflection: reflectionRatio(looked),
    errors: errorAccumulation(looked),
  };
}

function look(answer: Answer) {
  const { text } = answer;
  return { ...answer, loops: loopsIn(text), reflections: reflectionsIn(text).length, steps: traceSteps(text) };
}
