/** A fixed number of distinct problems of one split, by place; holds their draw numbers, not the problems. */
import type { Problem, Question, Split, Task } from '../tasks/task.ts';

/** What a model is asked, by place. */
export interface QuestionSet {
  readonly size: number;
  /** The question at a place in 0 .. size-1. */
  at(place: number): Question;
}

export interface ProblemSet extends QuestionSet {
  /** As many as were asked for, or all that the level has. */
  readonly size: number;
  at(place: number): Problem;
}

/** After so many draws in a row that bring nothing new, the level is taken to be used up. */
const PATIENCE = 2000;

export function problemSet(task: Task, split: Split, seed: number, count: number): ProblemSet {
  const seen = new Set<string>();
  const draws: number[] = [];
  for (let draw = 0, misses = 0; draws.length < count && misses < PATIENCE; draw++) {
    const { prompt } = task.problem(split, seed, draw);
    misses = seen.has(prompt) ? misses + 1 : 0;
    if (misses > 0) continue;
    seen.add(prompt);
    draws.push(draw);
  }
  return {
    size: draws.length,
    at: (place) => {
      const draw = draws[place];
      if (draw === undefined) throw new Error(`There is no problem at place ${place}: the set has ${draws.length}.`);
      return task.problem(split, seed, draw);
    },
  };
}
