import { describe, expect, test } from 'vitest';
import { shareInterval } from '../../../src/engine/stats/shareInterval.ts';
import { binomialAtMost } from '../../../src/engine/stats/incompleteBeta.ts';
import { coverageOf, isWithin, pairedCoverage } from '../../support/coverage.ts';

/** The full table is made by `npm run prove -- statistics`. */
const DRAWS = 4000;

/** Exact, by summing over all outcomes. */
function exactCoverage(n: number, p: number): number {
  let held = 0;
  for (let right = 0; right <= n; right++) {
    const [low, high] = (intervals[n] ??= {})[right] ?? ((intervals[n] ??= {})[right] = shareInterval(right, n));
    if (low <= p && p <= high) held += binomialAtMost(right, n, p) - binomialAtMost(right - 1, n, p);
  }
  return held;
}
const intervals: Record<number, Record<number, readonly [number, number]>> = {};

describe('one answer per problem: exact coverage over all chances', () => {
  test.each([30, 100])('n = %d', (n) => {
    for (let i = 1; i <= 499; i++) {
      const p = i / 1000 + 0.00013;
      const covered = exactCoverage(n, p);
      expect(covered, `p = ${p}`).toBeGreaterThanOrEqual(0.93);
      if (n * p >= 5) expect(covered, `p = ${p}`).toBeLessThanOrEqual(0.975);
    }
  });
});

describe('simulated coverage lies within the bars', () => {
  const cells = [30, 100].flatMap((n) =>
    [0.1, 0.3, 0.7].flatMap((agreement) => [0.02, 0.5, 0.9].map((p) => ({ n, k: 8, p, agreement }))),
  );
  test.each(cells)('n = $n, k = $k, p = $p, agreement $agreement', (cell) => {
    const covered = coverageOf(cell, DRAWS, 1);
    expect(isWithin(covered), `${covered.coverage}`).toBe(true);
  });
});

describe('a paired difference', () => {
  const alike = [
    { weight: 0.3, before: 0.1, after: 0.1 },
    { weight: 0.4, before: 0.5, after: 0.5 },
    { weight: 0.3, before: 0.9, after: 0.9 },
  ];

  test.each([1, 4])('k = %d: its interval holds the truth, and chance is seldom taken for a difference', (k) => {
    const { coverage, claimed } = pairedCoverage({ n: 50, k, kinds: alike }, k === 1 ? 2000 : 150, 1);
    expect(coverage).toBeGreaterThan(0.93);
    expect(claimed).toBeLessThan(0.06);
  });
});
