/** Simulated coverage of the 95 % intervals: how often they hold the truth, over populations of problems that are more or less alike. */
import { crossedMean } from '../../src/engine/stats/crossedMean.ts';
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

export interface CrossedCell {
  readonly problems: number;
  /** Trainings, each of which answers every problem once, as the one base they are held against does. */
  readonly seeds: number;
  /** Standard deviation of their accuracies. */
  readonly apart: number;
}

/** Of all trainings and problems there could be. */
const CROSSED_TRUTH = -0.12;
const CROSSED = { usual: 0.05, level: 0.95, leastSquare: 1 };

/** How often the interval over seeds and problems holds the truth, how often that over problems alone does, and half its mean width. */
export function crossedCoverage(cell: CrossedCell, times: number, seed: number) {
  let [held, heldOfProblems, widths] = [0, 0, 0];
  for (let draw = 0; draw < times; draw++) {
    const { interval, intervalOfProblems } = crossedMean(crossedDifferences(cell, seed, draw), CROSSED);
    if (holdsTruth(interval)) held++;
    if (holdsTruth(intervalOfProblems)) heldOfProblems++;
    widths += interval[1] - interval[0];
  }
  return { coverage: held / times, ofProblems: heldOfProblems / times, half: widths / times / 2 };
}

const holdsTruth = ([low, high]: Interval): boolean => low <= CROSSED_TRUTH && CROSSED_TRUTH <= high;

/** `[seed][problem]`: right answers after minus before; problems are unlike each other. */
export function crossedDifferences({ problems, seeds, apart }: CrossedCell, seed: number, draw: number): number[][] {
  const source = randomSource(seed, 'crossed', draw);
  const uniform = (row: number, problem: number): number => source.uniform(row * problems + problem);
  const chances = Array.from({ length: problems }, (_, at) => 0.3 + uniform(0, at) / 2);
  const before = chances.map((chance, at) => (uniform(1, at) < chance ? 1 : 0));
  return Array.from({ length: seeds }, (_, training) => {
    const shift = CROSSED_TRUTH + apart * source.normal((seeds + 3) * problems + training);
    return chances.map((chance, at) => (uniform(training + 2, at) < chance + shift ? 1 : 0) - (before[at] ?? 0));
  });
}
