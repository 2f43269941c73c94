/** Reads the completions that a run has kept and says why its evaluations came out as they did. */
import { analyseEvaluation } from '../../engine/analysis/analyseEvaluation.ts';
import type { AnalysisAnswer, EvaluationAnalysis } from '../../protocol/analysis.ts';
import { type AskedEvaluation, evaluationsOf, type StoredEvaluation } from '../comparison/storedEvaluation.ts';
import { runErrorOf } from '../failure.ts';
import { answersIn } from './answersIn.ts';

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
  const answers = await answersIn(file);
  return { benchmark, step, ...analyseEvaluation([...answers.values()]) };
}
