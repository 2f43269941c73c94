/** The built-in benchmark: held-out problems of the task arithmetic, in the paper's words (section 3.3). */
import type { TaskConfig } from '../../config/schema.ts';
import { problemSet } from '../recipes/problemSet.ts';
import { taskOf } from '../tasks/index.ts';
import { BOXED, type BenchmarkProblem } from './benchmark.ts';

/** For a model that was trained on something else than this task; k of the paper is 4. */
export const ARITHMETIC = { problems: 400, samplesPerProblem: 4, instruction: BOXED } as const;

/** `count` distinct problems, or as many as the level has. */
export function arithmeticProblems(task: TaskConfig, seed: number, count: number): BenchmarkProblem[] {
  const set = problemSet(taskOf(task), 'heldOut', seed, count);
  return Array.from({ length: set.size }, (_, place) => {
    const { prompt, gold } = set.at(place);
    const problem = `Compute the answer to this arithmetic expression: ${prompt.replace(/=$/, '')}`;
    return { id: `${task.level}-${place}`, problem, gold, grader: 'math', level: task.level, subject: null };
  });
}
