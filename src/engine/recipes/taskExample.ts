/** A problem of a task as the model learns it: what a training, pre-flight and the preview make of the same number is the same. */
import type { ChatExample } from '../chat/chatEncoder.ts';
import { plainExample } from '../chat/plainExample.ts';
import type { Task } from '../tasks/task.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import type { ProblemSet } from './problemSet.ts';

export interface TaskExamples {
  readonly task: Task;
  readonly tokenizer: Tokenizer;
  readonly problems: ProblemSet;
  readonly seed: number;
  readonly completionOnlyLoss: boolean;
}

/** Prompt and completion of the problem at a place of the set. */
export function taskText(
  { task, problems, seed }: Omit<TaskExamples, 'tokenizer' | 'completionOnlyLoss'>,
  place: number,
) {
  const problem = problems.at(place);
  return { prompt: problem.prompt, completion: task.completion(problem, seed, place) };
}

export const taskExample = (options: TaskExamples, place: number): ChatExample =>
  plainExample(options.tokenizer, taskText(options, place), options.completionOnlyLoss ? 'completion' : 'all');
