/** Reads the completions that a run has kept and says why its evaluations came out as they did. */
import { analyseEvaluation } from '../../engine/analysis/analyseEvaluation.ts';
import type { Answer } from '../../engine/analysis/answers.ts';
import { RunFailure } from '../../engine/recipes/runFailure.ts';
import type { AnalysisAnswer, EvaluationAnalysis } from '../../protocol/analysis.ts';
import { said } from '../../protocol/sentence.ts';
import {
  type AskedEvaluation,
  completionsIn,
  evaluationsOf,
  type StoredEvaluation,
} from '../comparison/storedEvaluation.ts';
import { runErrorOf } from '../failure.ts';

/** Never rejects for what is expected: a refusal is an answer. */
export async function analyseRun(asked: AskedEvaluation): Promise<AnalysisAnswer> {
  try {
    const analyses: EvaluationAnalysis[] = [];
    for (const stored of evaluationsOf(asked).values()) analyses.push(await analyse(stored));
    return { type: 'analysed', runFolder: asked.runFolder, analyses };
  } catch (error) {
    const told = runErrorOf(error);
    if (told.code === 'internal') throw error;
    return { type: 'refused', error: told };
  }
}

async function analyse({ file, benchmark, step }: StoredEvaluation): Promise<EvaluationAnalysis> {
  const byProblem = new Map<string, Kept[]>();
  for await (const completion of completionsIn(file, isKept)) {
    const key = JSON.stringify([completion.prompt, completion.gold]);
    const known = byProblem.get(key);
    if (known) known.push(completion);
    else byProblem.set(key, [completion]);
  }
  if (byProblem.size === 0)
    throw new RunFailure('badDataset', said`${file} holds no completion.`, 'Measure the checkpoint again.');
  return { benchmark, step, ...analyseEvaluation([...byProblem.values()]) };
}

type Kept = Answer & { readonly prompt: string; readonly gold: string | null };

function isKept(value: unknown): value is Kept {
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
