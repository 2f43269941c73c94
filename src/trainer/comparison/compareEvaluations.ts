/** Sets two stored evaluations side by side, problem by problem. */
import { RunFailure } from '../../engine/recipes/runFailure.ts';
import { averageAtK } from '../../engine/stats/intervals.ts';
import { countFlips, flipOf, type Pair } from '../../engine/stats/flips.ts';
import { pairedDifference } from '../../engine/stats/pairedDifference.ts';
import type { Comparison, ComparedSide, ComparisonReport, FlippedItem } from '../../protocol/comparison.ts';
import { said } from '../../protocol/sentence.ts';
import { runErrorOf } from '../failure.ts';
import { mismatchesOf, mismatchOf } from './mismatches.ts';
import {
  type AskedEvaluation,
  evaluationsOf,
  readItems,
  type StoredEvaluation,
  type StoredItem,
} from './storedEvaluation.ts';

export interface CompareOptions {
  readonly before: AskedEvaluation;
  readonly after: AskedEvaluation;
  /** The smallest difference of shares that matters. */
  readonly matters: number;
}

/** Of the randomization test: the same evaluations give the same p. */
const SEED = 1;

/** Never rejects for what is expected: a refusal is an answer. */
export async function compareEvaluations(options: CompareOptions): Promise<ComparisonReport> {
  try {
    return { type: 'compared', comparisons: await compared(options) };
  } catch (error) {
    const told = runErrorOf(error);
    if (told.code === 'internal') throw error;
    return { type: 'refused', error: told };
  }
}

async function compared({ before, after, matters }: CompareOptions): Promise<Comparison[]> {
  const [first, second] = [evaluationsOf(before), evaluationsOf(after)];
  const comparisons: Comparison[] = [];
  for (const [benchmark, one] of first) {
    const other = second.get(benchmark);
    if (other === undefined) continue;
    if (one.file === other.file)
      throw new RunFailure(
        'badConfig',
        said`Both sides are the evaluation of step ${one.step} in ${one.runFolder}.`,
        'Name two evaluations, e.g. RUN@0 and RUN.',
      );
    comparisons.push(await compare(one, other, matters));
  }
  if (comparisons.length > 0) return comparisons;
  const names = (known: ReadonlyMap<string, StoredEvaluation>): string => [...known.keys()].join(', ');
  throw new RunFailure('badConfig', said`They have no benchmark in common: ${names(first)} and ${names(second)}.`);
}

async function compare(one: StoredEvaluation, other: StoredEvaluation, matters: number): Promise<Comparison> {
  const [readBefore, readAfter] = [await readItems(one), await readItems(other)];
  const [first, second] = [readBefore.items, readAfter.items];
  const [timesBefore, timesAfter] = [timesAsked(one, first), timesAsked(other, second)];
  const k = Math.max(timesBefore, timesAfter);
  const shared = timesBefore === timesAfter ? sharedItems(first, second, k) : [];
  if (shared.length === 0)
    throw new RunFailure(
      'badConfig',
      said`The two evaluations of ${one.benchmark} have no problem in common that both answered ${k} times.`,
      'Measure both with the same seed, the same problems and as many completions per problem.',
    );
  const pairs = shared.map(pairOf);
  const told = mismatchesOf(one, other);
  const isVerifierTold = one.identity !== null && other.identity !== null;
  const judged = isVerifierTold ? [] : mismatchOf('verifier', readBefore.verifier, readAfter.verifier);
  const mismatches = [...told, ...judged];
  const difference = pairedDifference(pairs, { k, matters, seed: SEED });
  return {
    benchmark: one.benchmark,
    before: sideOf(
      one,
      shared.map((item) => item.before),
      k,
    ),
    after: sideOf(
      other,
      shared.map((item) => item.after),
      k,
    ),
    k,
    items: { shared: shared.length, onlyBefore: first.size - shared.length, onlyAfter: second.size - shared.length },
    mismatches,
    flips: countFlips(pairs),
    flipped: shared.flatMap(flippedOf),
    difference,
    matters,
    verdict: mismatches.length > 0 ? null : difference.verdict,
  };
}

type Items = ReadonlyMap<string, StoredItem>;

interface SharedItem {
  readonly before: StoredItem;
  readonly after: StoredItem;
}

/** Completions per problem: as the run told, else as most problems have. */
function timesAsked({ identity }: StoredEvaluation, items: Items): number {
  if (identity) return identity.samplesPerProblem;
  const problems = new Map<number, number>();
  for (const { count } of items.values()) problems.set(count, (problems.get(count) ?? 0) + 1);
  const [mostCommon] = [...problems].sort(([k, one], [other, more]) => more - one || other - k);
  return mostCommon?.[0] ?? 0;
}

/** Problems that both sides answered k times, in A's order; one that stands twice in a benchmark is one that has 2 k answers. */
function sharedItems(first: Items, second: Items, k: number): SharedItem[] {
  return [...first].flatMap(([key, before]) => {
    const after = second.get(key);
    return after && before.count % k === 0 && after.count % k === 0 ? [{ before, after }] : [];
  });
}

const shareOf = ({ correct, count }: StoredItem): number => correct / count;

const pairOf = ({ before, after }: SharedItem): Pair => ({ before: shareOf(before), after: shareOf(after) });

function flippedOf(item: SharedItem): FlippedItem[] {
  const { prompt, gold } = item.before;
  const pair = pairOf(item);
  const flip = flipOf(pair);
  return flip === 'unchanged' ? [] : [{ flip, prompt, gold, ...pair }];
}

function sideOf({ runFolder, step }: StoredEvaluation, items: readonly StoredItem[], k: number): ComparedSide {
  const { mean, interval } = averageAtK(items.map(shareOf), k);
  const tokens = items.reduce((sum, item) => sum + item.tokens, 0);
  const completions = items.reduce((sum, { count }) => sum + count, 0);
  return { runFolder, step, accuracy: { value: mean, interval }, meanLength: tokens / completions };
}
