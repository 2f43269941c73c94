import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { countFlips } from '../../../src/engine/stats/flips.ts';
import { binomialAtMost, incompleteBeta } from '../../../src/engine/stats/incompleteBeta.ts';
import { averageAtK, meanWithInterval, ratioWithInterval } from '../../../src/engine/stats/intervals.ts';
import { majorityAtK } from '../../../src/engine/stats/majorityAtK.ts';
import { mcNemar } from '../../../src/engine/stats/mcNemar.ts';
import { pairedDifference } from '../../../src/engine/stats/pairedDifference.ts';
import { passAtK } from '../../../src/engine/stats/passAtK.ts';
import { shareInterval } from '../../../src/engine/stats/shareInterval.ts';
import { signFlipTest } from '../../../src/engine/stats/signFlip.ts';
import { studentTQuantile } from '../../../src/engine/stats/studentT.ts';
import { randomSource } from '../../../src/engine/random/randomSource.ts';

type Row = readonly number[];

/** Numbers of SciPy and statsmodels: the script that made them lies beside them. */
const fixture = JSON.parse(readFileSync('test/fixtures/statistics/statistics.json', 'utf8')) as {
  readonly [
    name in 'shareInterval' | 'binomialAtMost' | 'incompleteBeta' | 'studentT' | 'mcNemar' | 'passAtK'
  ]: readonly Row[];
} & {
  readonly signFlip: readonly (readonly [readonly number[], number])[];
  readonly paired: readonly {
    readonly before: readonly number[];
    readonly after: readonly number[];
    readonly k: number;
    readonly difference: number;
    readonly low: number;
    readonly high: number;
    readonly smallest: number;
  }[];
};

describe('distributions', () => {
  test.each(fixture.studentT)('t, p %d with %d degrees of freedom', (p = 0, degrees = 0, quantile = 0) => {
    expect(studentTQuantile(p, degrees)).toBeCloseTo(quantile, 8);
  });

  test.each(fixture.incompleteBeta)('I_%d(%d, %d)', (x = 0, a = 0, b = 0, value = 0) => {
    expect(incompleteBeta(x, a, b)).toBeCloseTo(value, 12);
  });

  test.each(fixture.binomialAtMost)('at most %d of %d, each with %d', (count = 0, n = 0, p = 0, value = 0) => {
    expect(binomialAtMost(count, n, p)).toBeCloseTo(value, 12);
  });
});

describe('shareInterval', () => {
  test.each(fixture.shareInterval)('%d of %d', (successes = 0, n = 0, low = 0, high = 0) => {
    expect(shareInterval(successes, n)[0]).toBeCloseTo(low, 10);
    expect(shareInterval(successes, n)[1]).toBeCloseTo(high, 10);
  });

  // Newcombe 1998, table I, method 6 (mid-P); both have more than two successes and failures.
  test.each([
    [81, 263, 0.2544, 0.3658],
    [15, 148, 0.0601, 0.1581],
  ])('%d of %d as printed', (successes, n, low, high) => {
    expect(shareInterval(successes, n).map((limit) => Math.round(limit * 10_000) / 10_000)).toEqual([low, high]);
  });

  test('none and all are exact (Clopper and Pearson), and never a point', () => {
    expect(shareInterval(0, 20)[0]).toBe(0);
    expect(shareInterval(0, 20)[1]).toBeCloseTo(1 - 0.025 ** (1 / 20), 10);
    expect(shareInterval(1, 1)).toEqual([expect.closeTo(0.025, 10), 1]);
    expect(() => shareInterval(3, 2)).toThrow('no share of 3 successes in 2');
  });

  test('grows steadily between whole numbers', () => {
    const limits = Array.from({ length: 301 }, (_, i) => shareInterval(i / 10, 30));
    for (let i = 1; i <= 300; i++) {
      expect(limits[i]![0]).toBeGreaterThanOrEqual(limits[i - 1]![0]);
      expect(limits[i]![1]).toBeGreaterThanOrEqual(limits[i - 1]![1]);
    }
  });
});

describe('averageAtK', () => {
  test('k = 1 is the interval of a share', () => {
    const shares = Array.from({ length: 30 }, (_, i) => (i < 27 ? 1 : 0));
    expect(averageAtK(shares, 1)).toEqual({ mean: 0.9, interval: shareInterval(27, 30) });
  });

  test('problems that are answered always or never count as one answer each, however many k', () => {
    const shares = Array.from({ length: 30 }, (_, i) => (i < 15 ? 1 : 0));
    const [low, high] = averageAtK(shares, 8).interval;
    expect([low, high]).toEqual(shareInterval(15, 30).map((limit) => expect.closeTo(limit, 10)));
  });

  test('repeating what is known of each problem narrows nothing; more problems do', () => {
    const shares = [0, 0.5, 1, 1, 0.5, 0.25, 0.75, 0];
    const width = ([low, high]: readonly [number, number]): number => high - low;
    expect(averageAtK(shares, 4).interval).toEqual(averageAtK(shares, 400).interval);
    expect(width(averageAtK([...shares, ...shares], 4).interval)).toBeLessThan(width(averageAtK(shares, 4).interval));
  });

  test('between the interval of n k answers, which would be naive, and that of n', () => {
    const source = randomSource(3, 'shares');
    const shares = Array.from({ length: 100 }, (_, i) => {
      const chance = source.uniform(i * 9);
      return [1, 2, 3, 4, 5, 6, 7, 8].filter((j) => source.uniform(i * 9 + j) < chance).length / 8;
    });
    const { mean, interval } = averageAtK(shares, 8);
    const [naive, cautious] = [shareInterval(mean * 800, 800), shareInterval(mean * 100, 100)];
    expect(interval[0]).toBeLessThan(naive[0]);
    expect(interval[1]).toBeGreaterThan(naive[1]);
    expect(interval[0]).toBeGreaterThan(cautious[0]);
    // The clustered formula, where all is far from the edges: mean and t interval over problems.
    const clustered = meanWithInterval(shares).interval!;
    expect(Math.abs(interval[0] - clustered[0])).toBeLessThan(0.004);
    expect(Math.abs(interval[1] - clustered[1])).toBeLessThan(0.004);
  });

  test.each([
    [[1], 1],
    [[0], 8],
    [[1, 1], 4],
    [[0.5, 0.5, 0.5], 8],
    [[1, 1, 1, 1], 8],
  ])('%j with k = %d: never a point, never outside 0..1', (shares, k) => {
    const [low, high] = averageAtK(shares, k).interval;
    expect(low).toBeGreaterThanOrEqual(0);
    expect(high).toBeLessThanOrEqual(1);
    expect(high - low).toBeGreaterThan(0.3);
  });

  test('of nothing is refused', () => {
    expect(() => averageAtK([], 1)).toThrow('not defined');
  });
});

describe('means and ratios', () => {
  test('a mean of one value has no interval, of none is refused', () => {
    expect(meanWithInterval([3])).toEqual({ mean: 3, interval: null });
    expect(() => meanWithInterval([])).toThrow('not defined');
  });

  test('a ratio of 0 has an interval with a width', () => {
    const clusters = Array.from({ length: 50 }, () => ({ part: 0, whole: 4 }));
    expect(ratioWithInterval(clusters)).toEqual({ ratio: 0, interval: shareInterval(0, 50) });
  });

  test('clusters of one part each are a share', () => {
    const clusters = Array.from({ length: 40 }, (_, i) => ({ part: i < 10 ? 1 : 0, whole: 1 }));
    const interval = shareInterval(10, 40).map((limit) => expect.closeTo(limit, 10) as number);
    expect(ratioWithInterval(clusters)).toEqual({ ratio: 0.25, interval });
  });

  test('a ratio that is no share: Taylor by hand', () => {
    const clusters = [
      { part: 6, whole: 2 },
      { part: 5, whole: 1 },
      { part: 1, whole: 1 },
    ];
    // r = 12/4 = 3; residuals 0, 2, -2; sd 2, mean whole 4/3, t(2) 4.30265: 4.30265 * 2 / sqrt(3) / (4/3) = 3.7262.
    expect(ratioWithInterval(clusters, Infinity)).toEqual({ ratio: 3, interval: [0, expect.closeTo(6.7262, 3)] });
  });
});

describe('passAtK', () => {
  test.each(fixture.passAtK)('%d answers, %d right, k = %d', (n = 0, c = 0, k = 0, value = 0) => {
    expect(passAtK(n, c, k)).toBeCloseTo(value, 12);
  });

  test('is unbiased where the plug-in is not', () => {
    const [n, k, chance, draws] = [8, 4, 0.2, 20_000];
    const source = randomSource(1, 'pass');
    let sum = 0;
    for (let draw = 0; draw < draws; draw++) {
      let c = 0;
      for (let i = 0; i < n; i++) if (source.uniform(draw * n + i) < chance) c++;
      sum += passAtK(n, c, k);
    }
    expect(Math.abs(sum / draws - (1 - (1 - chance) ** k))).toBeLessThan(0.01);
  });

  test('more than were answered is refused', () => {
    expect(() => passAtK(4, 2, 8)).toThrow('pass@8 cannot be told from 4 answers');
  });
});

describe('majorityAtK', () => {
  const votes = (...answers: (string | null)[]) => answers.map((answer) => ({ answer, isCorrect: answer === '7' }));

  test.each([
    [votes('7', '7', '3'), 1],
    [votes('3', '3', '7'), 0],
    [votes('7', '3'), 0.5],
    [votes('7', '3', '5'), 1 / 3],
    [votes(null, null, '7'), 1],
    [votes(null, null), 0],
    [[], 0],
  ])('%j', (given, value) => {
    expect(majorityAtK(given)).toBeCloseTo(value, 12);
  });
});

describe('paired', () => {
  test.each(fixture.mcNemar)('McNemar, %d fixed, %d broken', (fixed = 0, broken = 0, p = 0) => {
    expect(mcNemar(fixed, broken)).toBeCloseTo(p, 12);
    expect(mcNemar(broken, fixed)).toBe(mcNemar(fixed, broken));
  });

  test.each(fixture.signFlip)('randomization of %j', (differences, p) => {
    // 9,999 draws: a standard error of at most 0.005.
    expect(Math.abs(signFlipTest(differences, 1) - p)).toBeLessThan(0.02);
    expect(signFlipTest(differences, 1)).toBe(signFlipTest(differences, 1));
  });

  test.each(fixture.paired)('interval and smallest difference, k = $k', (row) => {
    const { before, after, k, difference, low, high, smallest } = row;
    const pairs = before.map((share, i) => ({ before: share, after: after[i] ?? 0 }));
    const result = pairedDifference(pairs, { k, matters: 0.05, seed: 1 });
    expect(result).toMatchObject({ n: before.length, test: k === 1 ? 'mcNemar' : 'signFlip' });
    expect(result.difference).toBeCloseTo(difference, 12);
    expect(result.interval![0]).toBeCloseTo(low, 8);
    expect(result.interval![1]).toBeCloseTo(high, 8);
    expect(result.smallest).toBeCloseTo(smallest, 6);
  });

  const sides = (fixed: number, broken: number, same: number) => [
    ...Array.from({ length: fixed }, () => ({ before: 0, after: 1 })),
    ...Array.from({ length: broken }, () => ({ before: 1, after: 0 })),
    ...Array.from({ length: same }, () => ({ before: 1, after: 1 })),
  ];
  const verdictOf = (fixed: number, broken: number, same: number) =>
    pairedDifference(sides(fixed, broken, same), { k: 1, matters: 0.05, seed: 1 }).verdict;

  test('verdicts', () => {
    expect(verdictOf(30, 5, 65)).toBe('better');
    expect(verdictOf(5, 30, 65)).toBe('worse');
    expect(verdictOf(3, 2, 25)).toBe('notEnoughItems');
    expect(verdictOf(0, 0, 30)).toBe('notEnoughItems');
    expect(verdictOf(20, 20, 1960)).toBe('noDifference');
    expect(verdictOf(1, 0, 0)).toBe('notEnoughItems');
  });

  test('as many problems as are said to be needed would show what matters', () => {
    const { needed } = pairedDifference(sides(20, 18, 62), { k: 1, matters: 0.05, seed: 1 });
    const scale = needed! / 100;
    const many = sides(Math.round(20 * scale), Math.round(18 * scale), Math.round(62 * scale));
    const { smallest } = pairedDifference(many, { k: 1, matters: 0.05, seed: 1 });
    expect(smallest).toBeGreaterThan(0.046);
    expect(smallest).toBeLessThan(0.0505);
  });

  test('of nothing is refused', () => {
    expect(() => pairedDifference([], { k: 1, matters: 0.05, seed: 1 })).toThrow('not defined');
  });

  test('flips: solved is more than half of the completions', () => {
    const pairs = [
      { before: 0, after: 1 },
      { before: 0.5, after: 0.75 },
      { before: 0.75, after: 0.5 },
      { before: 0.25, after: 0.5 },
      { before: 1, after: 0.75 },
    ];
    expect(countFlips(pairs)).toEqual({ fixed: 2, broken: 1, unchanged: 2 });
  });
});
