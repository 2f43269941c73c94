/** Reads a ladder back from its run folder, and finds in its completions why it came out as it did. */
import { join } from 'node:path';
import type { LadderConfig } from '../../config/schema.ts';
import { analyseEvaluation } from '../../engine/analysis/analyseEvaluation.ts';
import { ladderVerdict } from '../../engine/analysis/verdict/ladderVerdict.ts';
import { RunFailure } from '../../engine/recipes/runFailure.ts';
import { ladderFacts } from '../../engine/report/ladderFacts.ts';
import type { ReportedEvaluation, ReportedLadder, RungAnalysis } from '../../engine/report/reported.ts';
import type { CellResult, Ladder } from '../../protocol/ladder.ts';
import { RUN_FOLDER } from '../../protocol/runFolder.ts';
import { said } from '../../protocol/sentence.ts';
import { answersIn, type KeptAnswer } from '../analysis/answersIn.ts';
import { resolvedConfig } from '../export/origin.ts';
import { foldedRun } from '../foldedRun.ts';

/** `matters` is the smallest difference of shares that matters. Throws RunFailure `badConfig` for a run that is no ladder. */
export async function reportedLadder(runFolder: string, matters: number): Promise<ReportedLadder> {
  const { ladder } = foldedRun(runFolder);
  const config = resolvedConfig(runFolder);
  if (!ladder || config?.recipe !== 'ladder')
    throw new RunFailure('badConfig', said`${runFolder} is no ladder.`, 'Name a run of the recipe "ladder".');
  const evaluations: ReportedEvaluation[] = [];
  for (const { id } of ladder.plan.evaluations)
    evaluations.push({
      verdict: verdictOf(ladder, config, { evaluation: id, matters }),
      analyses: await analysesOf(runFolder, ladder, id),
    });
  return { ladder, evaluations };
}

const verdictOf = (
  ladder: Ladder,
  config: LadderConfig,
  { evaluation, matters }: { readonly evaluation: string; readonly matters: number },
) => ladderVerdict(ladder, { evaluation, matters, facts: ladderFacts(config, ladder) });

/** Models of one stage, size and step are one, whatever their seed. */
async function analysesOf(runFolder: string, { cells }: Ladder, evaluation: string): Promise<RungAnalysis[]> {
  const groups = new Map<string, CellResult[]>();
  for (const { result } of cells) {
    if (result?.key.evaluation !== evaluation) continue;
    const { stage, size, step } = result.key;
    const key = JSON.stringify([stage, size, stage === 'grpo' ? step : null]);
    groups.set(key, [...(groups.get(key) ?? []), result]);
  }
  const analyses: RungAnalysis[] = [];
  for (const results of groups.values()) analyses.push(...(await analysisOf(runFolder, results)));
  return analyses;
}

async function analysisOf(runFolder: string, results: readonly CellResult[]): Promise<RungAnalysis[]> {
  const [first] = results;
  if (!first) return [];
  const answers = new Map<string, KeptAnswer[]>();
  for (const { completions } of results)
    for (const [problem, given] of await answersIn(join(runFolder, RUN_FOLDER.samples, completions.file)))
      answers.set(problem, [...(answers.get(problem) ?? []), ...given]);
  const { stage, size, step } = first.key;
  return [{ stage, size, step: stage === 'grpo' ? step : null, analysis: analyseEvaluation([...answers.values()]) }];
}
