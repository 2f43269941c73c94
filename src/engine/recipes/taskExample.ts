/** A problem of a task as the model learns it: what a training, pre-flight and the preview make of the same number is the same. */
import type { ChatExample } from '../chat/chatEncoder.ts';
import { plainExample } from '../chat/plainExample.ts';
import type { Task, Written } from '../tasks/task.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import type { ProblemSet } from './problemSet.ts';

export interface TaskExamples {
  readonly task: Task;
  readonly tokenizer: Tokenizer;
  readonly problems: ProblemSet;
  readonly seed: number;
  readonly completionOnlyLoss: boolean;
}

/** Prompt and completion of the problem at a place of the set, or the note that stands there. */
export function taskText(
  { task, problems, seed }: Omit<TaskExamples, 'tokenizer' | 'completionOnlyLoss'>,
  place: number,
): Written {
  const problem = problems.at(place);
  const note = task.note?.(problem, seed, place) ?? null;
  return note ?? { prompt: problem.prompt, completion: task.completion(problem, seed, place) };
}

export const taskExample = (options: TaskExamples, place: number): ChatExample =>
  plainExample(options.tokenizer, taskText(options, place), options.completionOnlyLoss ? 'completion' : 'all');
