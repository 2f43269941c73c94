import { describe, expect, test } from 'vitest';
import { crossedMean } from '../../../src/engine/stats/crossedMean.ts';
import { crossedCoverage, crossedDifferences } from '../../support/coverage.ts';

const OPTIONS = { usual: 0.05, level: 0.95, leastSquare: 1 };

describe('the mean over seeds and problems', () => {
  const settings = [1, 2, 3, 5].flatMap((seeds) => [0, 0.02, 0.05].map((apart) => ({ seeds, apart })));

  test.each(settings)('its interval holds the truth: $seeds seeds that lie $apart apart', ({ seeds, apart }) => {
    expect(crossedCoverage({ problems: 80, seeds, apart }, 200, 1).coverage).toBeGreaterThanOrEqual(0.93);
  });

  test('that over problems alone does not, where seeds lie apart', () => {
    const { coverage, ofProblems } = crossedCoverage({ problems: 200, seeds: 3, apart: 0.1 }, 200, 1);
    expect(ofProblems).toBeLessThan(0.8);
    expect(coverage).toBeGreaterThan(ofProblems + 0.1);
  });

  test('the same on every problem is no proof that nothing varies', () => {
    const { interval, intervalOfProblems } = crossedMean([Array.from({ length: 30 }, () => 0)], OPTIONS);
    expect(intervalOfProblems[1]).toBeGreaterThan(0.05);
    expect(interval[1]).toBeGreaterThan(intervalOfProblems[1]);
  });

  test('is the plain mean, and sure of its side by as much as its interval says', () => {
    const values = crossedDifferences({ problems: 150, seeds: 4, apart: 0.02 }, 3, 0);
    const { mean, chanceBelow, interval } = crossedMean(values, OPTIONS);
    expect(mean).toBeCloseTo(values.flat().reduce((sum, value) => sum + value, 0) / 600, 12);
    expect(chanceBelow(mean)).toBeCloseTo(0.5, 6);
    expect(chanceBelow(interval[0])).toBeCloseTo(0.025, 4);
    expect(chanceBelow(interval[1])).toBeCloseTo(0.975, 4);
  });

  test('one problem is not enough', () => {
    expect(() => crossedMean([[1]], OPTIONS)).toThrow('needs two of them, got 1');
  });
});
