/** Problems of a task with written completions, as examples to be learned. */
import { said } from '../../protocol/sentence.ts';
import type { Task } from '../tasks/task.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import type { Example } from './batch.ts';
import type { ProblemSet } from './problemSet.ts';
import { RunFailure } from './runFailure.ts';
import type { ExampleSet } from './trainingData.ts';

export interface TaskExamplesOptions {
  readonly task: Task;
  readonly tokenizer: Tokenizer;
  readonly problems: ProblemSet;
  readonly seed: number;
  readonly completionOnlyLoss: boolean;
  /** Longest sequence that the model reads. */
  readonly maxLength: number;
}

/** `at` throws RunFailure `badConfig` for an example that the model cannot hold. */
export const taskExamples = (options: TaskExamplesOptions): ExampleSet => ({
  size: options.problems.size,
  at: (number) => exampleOf(number, options),
});

function exampleOf(number: number, options: TaskExamplesOptions): Example {
  const { problems, task, tokenizer, seed, completionOnlyLoss, maxLength } = options;
  const problem = problems.at(number);
  const prompt = [...tokenizer.beginTokens, ...tokenizer.encode(problem.prompt)];
  const completion = tokenizer.encode(task.completion(problem, seed, number));
  const tokens = [...prompt, ...completion, tokenizer.endToken];
  if (tokens.length - 1 > maxLength) throw tooLong(problem.prompt, tokens.length - 1, maxLength);
  return { tokens, isLearned: (place) => !completionOnlyLoss || place >= prompt.length };
}

const tooLong = (prompt: string, length: number, limit: number): RunFailure =>
  new RunFailure(
    'badConfig',
    said`The training example for ${JSON.stringify(prompt)} has ${length} tokens, but the model reads at most ${limit}.`,
    'Raise model.maxPositionEmbeddings, or choose an easier task.level or task.trace "short".',
  );
