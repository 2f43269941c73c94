/** Evaluations as a panel is told of them: two runs, their problems, and what the trainer says when they are compared. */
import { countFlips, flipOf } from '../../src/engine/stats/flips.ts';
import { averageAtK } from '../../src/engine/stats/intervals.ts';
import { pairedDifference } from '../../src/engine/stats/pairedDifference.ts';
import type { Comparison, ComparisonReport } from '../../src/protocol/comparison.ts';
import type { EvaluationPair, MeasuredAnswer, MeasuredProblem, MeasuredRun } from '../../src/protocol/panel.ts';
import type { RunState } from '../../src/protocol/state.ts';
import { completionAt, folded, GOLDEN, goldenRun, noise } from './goldenRun.ts';

/** Problems of the golden benchmark at a step, each answered k times. */
export function measuredProblems(step: number, k = 1, count: number = GOLDEN.problems): MeasuredProblem[] {
  return Array.from({ length: count }, (_, problem) => {
    const random = noise(problem);
    const [a, b] = [100 + Math.floor(random() * 900), 10 + Math.floor(random() * 900)];
    const answers = Array.from({ length: k }, (__, sample): MeasuredAnswer => {
      const { answer, verdict, finishReason, tokens } = completionAt(step, problem * k + sample);
      return { id: `${step}-evaluation-${problem * k + sample}`, answer, verdict, finishReason, tokens };
    });
    return { prompt: `${a}+${b}=`, gold: String(a + b), answers };
  });
}

/** Another run of the workspace: `sft · baseline`, measured up to a step. */
export function otherRun(upTo = 1000): MeasuredRun {
  const { evaluations, sampleFiles } = folded(goldenRun(upTo));
  return { run: 'baseline-run', name: 'baseline', recipe: 'sft', evaluations, sampleFiles };
}

/** The golden run with a second benchmark that was asked eight times, in the scores of the engine. */
export function withSecondBenchmark(run: RunState): RunState {
  const share = { n: 30, k: 8, unit: 'share' } as const;
  const scores = [
    { ...share, name: 'accuracy', value: 0.254, interval: [0.14, 0.37] },
    { ...share, name: 'pass@8', value: 0.5, interval: [0.33, 0.67] },
    { ...share, name: 'maj@8', value: 0.3, interval: [0.16, 0.48] },
    { ...share, name: 'completions/mean_length', value: 4120.5, interval: [3300, 4940], unit: 'tokens' },
    { ...share, name: 'token_efficiency', value: 0.0616, interval: [0.03, 0.09], unit: 'count' },
    { ...share, name: 'unterminated', value: 0.15, interval: [0.07, 0.23] },
    { ...share, name: 'given_up', value: 0.004, interval: [0, 0.02] },
    { ...share, name: 'looping', value: 0.12, interval: [0.05, 0.19] },
    { ...share, name: 'unparsed', value: 0.2, interval: [0.11, 0.29] },
    { ...share, name: 'accuracy_finished', value: 0.41, interval: [0.25, 0.57] },
  ] as const;
  run.evaluations.push({ step: run.step, benchmark: 'aime-2024', scores, time: run.updatedAt });
  run.sampleFiles.push({ file: `aime-2024-${run.step}.jsonl`, step: run.step, benchmark: 'aime-2024', count: 240 });
  return run;
}

/** What the trainer would say of two lists of the same problems, by the same statistics. */
export function comparisonOf(
  before: readonly MeasuredProblem[],
  after: readonly MeasuredProblem[],
  { before: one, after: other, matters }: EvaluationPair,
): Comparison {
  const shares = (problems: readonly MeasuredProblem[]): number[] =>
    problems.map(({ answers }) => answers.filter(({ verdict }) => verdict === 'correct').length / answers.length);
  const [first, second] = [shares(before), shares(after)];
  const pairs = first.map((share, at) => ({ before: share, after: second[at] ?? 0 }));
  const k = before[0]?.answers.length ?? 1;
  const side = (problems: readonly MeasuredProblem[], step: number): Comparison['before'] => {
    const { mean, interval } = averageAtK(shares(problems), k);
    const tokens = problems.flatMap(({ answers }) => answers).map((answer) => answer.tokens);
    const meanLength = tokens.reduce((sum, count) => sum + count, 0) / tokens.length;
    return { runFolder: '', step, accuracy: { value: mean, interval }, meanLength };
  };
  const difference = pairedDifference(pairs, { k, matters, seed: 1 });
  return {
    benchmark: 'arithmetic/addition-3',
    before: side(before, one.step),
    after: side(after, other.step),
    k,
    items: { shared: pairs.length, onlyBefore: 0, onlyAfter: 0 },
    mismatches: [],
    flips: countFlips(pairs),
    flipped: pairs.flatMap((pair, at) => {
      const flip = flipOf(pair);
      const { prompt = '', gold } = before[at] ?? {};
      return flip === 'unchanged' ? [] : [{ flip, prompt, gold: gold ?? '', ...pair }];
    }),
    difference,
    matters,
    verdict: difference.verdict,
  };
}

export const reportOf = (...comparisons: readonly Comparison[]): ComparisonReport => ({
  type: 'compared',
  comparisons,
});
