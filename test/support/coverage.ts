/** Simulated coverage of the 95 % intervals: how often they hold the truth, over populations of problems that are more or less alike. */
import { averageAtK } from '../../src/engine/stats/intervals.ts';
import type { Pair } from '../../src/engine/stats/flips.ts';
import { pairedDifference } from '../../src/engine/stats/pairedDifference.ts';
import type { Interval } from '../../src/engine/stats/shareInterval.ts';
import { randomSource } from '../../src/engine/random/randomSource.ts';

export interface Cell {
  readonly n: number;
  readonly k: number;
  /** Chance of a right completion. */
  readonly p: number;
  /** How much completions to one problem agree: 0 all problems are alike, 1 each is solved always or never (ICC). */
  readonly agreement: number;
}

export interface Covered extends Cell {
  readonly coverage: number;
  /** n p or n (1 - p) is below 5. */
  readonly isEdge: boolean;
}

/** The bars of issue and README. */
export const isWithin = ({ coverage, isEdge }: Covered): boolean => coverage >= 0.93 && (isEdge || coverage <= 0.975);

/** Populations whose chances follow a beta distribution, so that right completions per problem are beta-binomial. */
export function coverageOf(cell: Cell, draws: number, seed: number): Covered {
  const { n, k, p } = cell;
  const source = randomSource(seed, `coverage/${n}/${k}/${p}/${cell.agreement}`);
  const sums = cumulated(rightPerProblem(cell));
  const known = new Map<string, Interval>();
  let held = 0;
  for (let draw = 0; draw < draws; draw++) {
    const tally = new Uint16Array(k + 1);
    for (let i = 0; i < n; i++) tally[placeIn(sums, source.uniform(draw * n + i))]!++;
    const key = tally.join();
    const [low, high] = known.get(key) ?? averageAtK(sharesOf(tally, k), k).interval;
    known.set(key, [low, high]);
    if (low <= p && p <= high) held++;
  }
  return { ...cell, coverage: held / draws, isEdge: Math.min(n * p, n * (1 - p)) < 5 - 1e-9 };
}

const sharesOf = (tally: Uint16Array, k: number): number[] =>
  [...tally].flatMap((count, right) => Array.from({ length: count }, () => right / k));

/** Chances of 0 .. k right completions to one problem. */
function rightPerProblem({ k, p, agreement }: Cell): number[] {
  if (agreement === 1) return Array.from({ length: k + 1 }, (_, right) => (right === 0 ? 1 - p : right === k ? p : 0));
  const chances = [];
  for (let right = 0; right <= k; right++) {
    // Pólya's urn: C(k, right) a(a+1)... b(b+1)... / (a+b)(a+b+1)..., with a + b = (1 - agreement) / agreement.
    let chance = 1;
    for (let i = 0; i < right; i++) chance *= ((k - i) / (i + 1)) * (p * (1 - agreement) + i * agreement);
    for (let i = 0; i < k - right; i++) chance *= (1 - p) * (1 - agreement) + i * agreement;
    for (let i = 0; i < k; i++) chance /= 1 - agreement + i * agreement;
    chances.push(chance);
  }
  return chances;
}

/** Kinds of problems: how many of them there are, and how likely each side solves one. */
export interface PairedCell {
  readonly n: number;
  readonly k: number;
  readonly kinds: readonly { readonly weight: number; readonly before: number; readonly after: number }[];
}

/** How often the interval of a paired difference holds the truth, and how often a difference is claimed. */
export function pairedCoverage(cell: PairedCell, draws: number, seed: number): { coverage: number; claimed: number } {
  const { n, k, kinds } = cell;
  const source = randomSource(seed, `paired/${n}/${k}/${JSON.stringify(kinds)}`);
  const truth = kinds.reduce((sum, { weight, before, after }) => sum + weight * (after - before), 0);
  const sums = cumulated(kinds.map(({ weight }) => weight));
  let at = 0;
  const share = (chance: number): number => {
    let right = 0;
    for (let i = 0; i < k; i++) if (source.uniform(at++) < chance) right++;
    return right / k;
  };
  let [held, claimed] = [0, 0];
  for (let draw = 0; draw < draws; draw++) {
    const pairs: Pair[] = Array.from({ length: n }, () => {
      const kind = kinds[placeIn(sums, source.uniform(at++))]!;
      return { before: share(kind.before), after: share(kind.after) };
    });
    const { interval, verdict } = pairedDifference(pairs, { k, matters: 0.05, seed });
    if (interval![0] <= truth + 1e-12 && truth - 1e-12 <= interval![1]) held++;
    if (verdict === 'better' || verdict === 'worse') claimed++;
  }
  return { coverage: held / draws, claimed: claimed / draws };
}

function cumulated(chances: readonly number[]): number[] {
  let sum = 0;
  return chances.map((chance) => (sum += chance));
}

function placeIn(sums: readonly number[], uniform: number): number {
  const place = sums.findIndex((sum) => uniform < sum);
  return place < 0 ? sums.length - 1 : place;
}
