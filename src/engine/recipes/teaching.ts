/** How long the completions of a training on a task are, as the model learns them. */
import type { SftConfig } from '../../config/schema.ts';
import type { CellTeaching } from '../../protocol/ladder.ts';
import { taskOf } from '../tasks/index.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import { problemSet } from './problemSet.ts';
import { taskText } from './taskExample.ts';

export function teachingOf({ task: wish, data, seed }: SftConfig, tokenizer: Tokenizer): CellTeaching {
  const task = taskOf(wish);
  const problems = problemSet(task, 'train', seed, 'problems' in data ? data.problems : 0);
  const lengths = Array.from({ length: problems.size }, (_, place) => {
    const { completion } = taskText({ task, problems, seed }, place);
    return tokenizer.encode(completion).length + 1;
  });
  return {
    examples: lengths.length,
    meanTokens: lengths.reduce((sum, length) => sum + length, 0) / lengths.length,
    longestTokens: lengths.reduce((most, length) => Math.max(most, length), 0),
  };
}
