import { describe, expect, test } from 'vitest';
import { averageAtK, meanWithInterval, wilson } from '../../../src/engine/stats/intervals.ts';
import { studentTQuantile } from '../../../src/engine/stats/studentT.ts';
import { randomSource } from '../../../src/engine/random/randomSource.ts';

describe('wilson', () => {
  // The first four: Newcombe 1998, table I, method 3; the others by R's prop.test(correct = FALSE).
  test.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
    [27, 30, 0.7438, 0.9654],
    [15, 30, 0.3315, 0.6685],
    [400, 400, 0.9905, 1],
  ])('%d of %d', (successes, n, low, high) => {
    expect(wilson(successes, n).map((share) => Math.round(share * 10_000) / 10_000)).toEqual([low, high]);
  });
});

describe('studentTQuantile', () => {
  // Any printed table.
  test.each([
    [0.975, 1, 12.7062],
    [0.975, 2, 4.3027],
    [0.975, 5, 2.5706],
    [0.975, 29, 2.0452],
    [0.975, 399, 1.9659],
    [0.975, 1e6, 1.96],
    [0.95, 10, 1.8125],
    [0.995, 10, 3.1693],
    [0.5, 7, 0],
  ])('p %d with %d degrees of freedom', (p, degrees, quantile) => {
    expect(studentTQuantile(p, degrees)).toBeCloseTo(quantile, 4);
  });
});

describe('averageAtK', () => {
  test('k = 1 is Wilson', () => {
    const shares = Array.from({ length: 30 }, (_, i) => (i < 27 ? 1 : 0));
    expect(averageAtK(shares, 1)).toEqual({ mean: 0.9, interval: wilson(27, 30) });
  });

  test('k > 1 is the t interval over problems', () => {
    const { mean, interval } = averageAtK([0.25, 0.5, 0.75, 0.5], 4);
    expect(mean).toBe(0.5);
    // sd 0.2041, t(3) 3.1824: half width 0.3248.
    expect(interval[0]).toBeCloseTo(0.1752, 4);
    expect(interval[1]).toBeCloseTo(0.8248, 4);
  });

  test('stays within 0..1, and is not a point where all problems agree', () => {
    expect(averageAtK([1, 1, 1, 0], 2).interval[1]).toBe(1);
    const { mean, interval } = averageAtK([1, 1, 1, 1], 8);
    expect(mean).toBe(1);
    expect(interval[0]).toBeLessThan(0.6);
  });

  test('samples of one problem count as one: repeating them narrows nothing', () => {
    const shares = [0, 0.5, 1, 1, 0.5];
    expect(averageAtK(shares, 2).interval).toEqual(averageAtK(shares, 200).interval);
  });

  test('holds the truth in about 95 % of experiments with unequal problems', () => {
    const source = randomSource(1, 'coverage');
    let held = 0;
    for (let experiment = 0; experiment < 1000; experiment++) {
      const shares = Array.from({ length: 40 }, (_, problem) => {
        const at = (experiment * 40 + problem) * 5;
        const difficulty = source.uniform(at);
        return [1, 2, 3, 4].filter((i) => source.uniform(at + i) < difficulty).length / 4;
      });
      const [low, high] = averageAtK(shares, 4).interval;
      if (low <= 0.5 && 0.5 <= high) held++;
    }
    expect(held / 1000).toBeGreaterThan(0.93);
    expect(held / 1000).toBeLessThan(0.97);
  });
});

test('a mean of one value has no interval, of none is refused', () => {
  expect(meanWithInterval([3])).toEqual({ mean: 3, interval: null });
  expect(() => meanWithInterval([])).toThrow('not defined');
});
