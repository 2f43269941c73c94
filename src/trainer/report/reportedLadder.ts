/** Reads a ladder back from its run folder, and finds in its completions why it came out as it did. */
import { ladderFacts } from '../../engine/analysis/verdict/ladderFacts.ts';
import { ladderVerdict } from '../../engine/analysis/verdict/ladderVerdict.ts';
import { analyseEvaluation } from '../../engine/analysis/analyseEvaluation.ts';
import { RunFailure } from '../../engine/recipes/runFailure.ts';
import { taughtFacts } from '../../engine/report/taughtFacts.ts';
import type { ReportedEvaluation, ReportedLadder, RungAnalysis } from '../../engine/report/reported.ts';
import type { CellResult, Ladder } from '../../protocol/ladder.ts';
import { said } from '../../protocol/sentence.ts';
import type { KeptAnswer } from '../analysis/answersIn.ts';
import { resolvedConfig } from '../export/origin.ts';
import { foldedRun } from '../foldedRun.ts';
import { cellAnswers } from './cellAnswers.ts';

/** `matters` is the smallest difference of shares that matters. Throws RunFailure `badConfig` for a run that is no ladder. */
export async function reportedLadder(runFolder: string, matters: number): Promise<ReportedLadder> {
  const { ladder } = foldedRun(runFolder);
  const config = resolvedConfig(runFolder);
  if (!ladder || config?.recipe !== 'ladder')
    throw new RunFailure('badConfig', said`${runFolder} is no ladder.`, 'Name a run of the recipe "ladder".');
  const evaluations: ReportedEvaluation[] = [];
  const taught = taughtFacts(config);
  for (const { id } of ladder.plan.evaluations)
    evaluations.push({
      verdict: ladderVerdict(ladder, { evaluation: id, matters, facts: ladderFacts(ladder, id, taught) }),
      ...(await analysesOf(runFolder, ladder, id)),
    });
  return { ladder, evaluations };
}

/** What is analysed as one. */
type Group = Omit<RungAnalysis, 'analysis'> & { readonly results: readonly CellResult[] };

async function analysesOf(
  runFolder: string,
  { cells }: Ladder,
  evaluation: string,
): Promise<Pick<ReportedEvaluation, 'analyses' | 'leftOut'>> {
  const results = cells.flatMap(({ result }) => (result?.key.evaluation === evaluation ? [result] : []));
  const analyses: RungAnalysis[] = [];
  const leftOut = new Set<string>();
  for (const { results: meant, ...group } of [...groupsOf(results), ...startsOf(results)]) {
    const answers = new Map<string, KeptAnswer[]>();
    for (const result of meant) {
      const found = await cellAnswers(runFolder, result);
      if (!found) leftOut.add(result.completions.file);
      for (const [problem, given] of found ?? []) answers.set(problem, [...(answers.get(problem) ?? []), ...given]);
    }
    if (answers.size > 0) analyses.push({ ...group, analysis: analyseEvaluation([...answers.values()]) });
  }
  return { analyses, leftOut: [...leftOut] };
}

/** Models of one stage, size and step are one, whatever their seed. */
function groupsOf(results: readonly CellResult[]): Group[] {
  const groups = new Map<string, Group>();
  for (const result of results) {
    const { stage, size } = result.key;
    const step = stage === 'grpo' ? result.key.step : null;
    const key = JSON.stringify([stage, size, step]);
    groups.set(key, { stage, size, step, results: [...(groups.get(key)?.results ?? []), result] });
  }
  return [...groups.values()];
}

/** What reinforcement learning began with: of a size only the seeds that it ran from; the base is one for all. */
function startsOf(results: readonly CellResult[]): Group[] {
  const learned = results.map(({ key }) => key).filter(({ stage }) => stage === 'grpo');
  return [...new Set(learned.map(({ size }) => size))].map((size) => {
    const seeds = learned.filter((key) => key.size === size).map(({ seed }) => seed);
    const isStart = ({ key: { stage, size: of, seed } }: CellResult): boolean =>
      size === 0 ? stage === 'base' : stage === 'sft' && of === size && seeds.includes(seed);
    return { stage: 'grpo', size, step: 0, results: results.filter(isStart) };
  });
}
