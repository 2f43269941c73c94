/** The completions of a stored evaluation with their texts, by problem. */
import type { Answer } from '../../engine/analysis/answers.ts';
import { RunFailure } from '../../engine/recipes/runFailure.ts';
import { said } from '../../protocol/sentence.ts';
import { completionsIn } from '../comparison/storedEvaluation.ts';

export type KeptAnswer = Answer & { readonly prompt: string; readonly gold: string | null };

function isKept(value: unknown): value is KeptAnswer {
  if (typeof value !== 'object' || value === null) return false;
  const { prompt, gold, text, answer, verdict, finishReason, tokens } = value as Record<string, unknown>;
  const isText = (one: unknown): boolean => typeof one === 'string';
  return (
    [prompt, text, verdict].every(isText) &&
    [gold, answer].every((one) => one === null || isText(one)) &&
    (finishReason === 'stop' || finishReason === 'length') &&
    typeof tokens === 'number'
  );
}

/** The same problem has the same key in every file. Throws RunFailure `badDataset` for a file that holds no completion. */
export async function answersIn(file: string): Promise<ReadonlyMap<string, readonly KeptAnswer[]>> {
  const byProblem = new Map<string, KeptAnswer[]>();
  for await (const completion of completionsIn(file, isKept)) {
    const key = JSON.stringify([completion.prompt, completion.gold]);
    const known = byProblem.get(key);
    if (known) known.push(completion);
    else byProblem.set(key, [completion]);
  }
  if (byProblem.size === 0)
    throw new RunFailure('badDataset', said`${file} holds no completion.`, 'Measure the checkpoint again.');
  return byProblem;
}
