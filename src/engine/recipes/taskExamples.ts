/** Problems of a task with written completions, as examples to be learned. */
import { said } from '../../protocol/sentence.ts';
import type { Example } from './batch.ts';
import { RunFailure } from './runFailure.ts';
import { taskExample, type TaskExamples } from './taskExample.ts';
import type { ExampleSet } from './trainingData.ts';

export interface TaskExamplesOptions extends TaskExamples {
  /** Longest sequence that the model reads. */
  readonly maxLength: number;
}

/** `at` throws RunFailure `badConfig` for an example that the model cannot hold. */
export const taskExamples = (options: TaskExamplesOptions): ExampleSet => ({
  size: options.problems.size,
  at: (number) => exampleOf(number, options),
});

function exampleOf(number: number, options: TaskExamplesOptions): Example {
  const { problems, maxLength } = options;
  const { tokens, lossMask } = taskExample(options, number);
  if (tokens.length - 1 > maxLength) throw tooLong(problems.at(number).prompt, tokens.length - 1, maxLength);
  return { tokens, isLearned: (place) => lossMask[place] === 1 };
}

const tooLong = (prompt: string, length: number, limit: number): RunFailure =>
  new RunFailure(
    'badConfig',
    said`The training example for ${JSON.stringify(prompt)} has ${length} tokens, but the model reads at most ${limit}.`,
    'Raise model.maxPositionEmbeddings, or choose an easier task.level or task.trace "short".',
  );
