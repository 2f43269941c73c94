import { describe, expect, test } from 'vitest';
import { crossedMean } from '../../../src/engine/stats/crossedMean.ts';
import { Draws } from '../../../src/engine/random/draws.ts';
import { randomSource } from '../../../src/engine/random/randomSource.ts';

const OPTIONS = { usual: 0.05, level: 0.95, leastSquare: 1 };
const TRUTH = -0.12;

/** One answer each to problems of unlike hardness, of a base and of so many trainings, whose accuracies lie `apart`. */
function drawn(draw: number, seeds: number, apart: number, problems: number): number[][] {
  const source = randomSource(draw, 'crossed');
  const draws = new Draws(source);
  const hardness = Array.from({ length: problems }, () => draws.integer(300, 800) / 1000);
  const base = hardness.map((p) => (draws.chance(p) ? 1 : 0));
  return Array.from({ length: seeds }, (_, seed) => {
    const shift = TRUTH + apart * source.normal(1e9 + seed);
    return hardness.map((p, at) => (draws.chance(p + shift) ? 1 : 0) - (base[at] ?? 0));
  });
}

const holds = ([low, high]: readonly [number, number]): boolean => low <= TRUTH && TRUTH <= high;

/** Shares of 200 experiments whose intervals hold the truth. */
function coverage(seeds: number, apart: number, problems: number) {
  let [both, alone] = [0, 0];
  for (let draw = 1; draw <= 200; draw++) {
    const { interval, intervalOfProblems } = crossedMean(drawn(draw, seeds, apart, problems), OPTIONS);
    if (holds(interval)) both++;
    if (holds(intervalOfProblems)) alone++;
  }
  return { both: both / 200, alone: alone / 200 };
}

describe('the mean over seeds and problems', () => {
  const settings = [1, 2, 3, 5].flatMap((seeds) => [0, 0.02, 0.05].map((apart) => ({ seeds, apart })));

  test.each(settings)('its interval holds the truth: $seeds seeds that lie $apart apart', ({ seeds, apart }) => {
    expect(coverage(seeds, apart, 80).both).toBeGreaterThanOrEqual(0.93);
  });

  test('that over problems alone does not, where seeds lie apart', () => {
    const { both, alone } = coverage(3, 0.1, 200);
    expect(alone).toBeLessThan(0.8);
    expect(both).toBeGreaterThan(alone + 0.1);
  });

  test('the same on every problem is no proof that nothing varies', () => {
    const { interval, intervalOfProblems } = crossedMean([Array.from({ length: 30 }, () => 0)], OPTIONS);
    expect(intervalOfProblems[1]).toBeGreaterThan(0.05);
    expect(interval[1]).toBeGreaterThan(intervalOfProblems[1]);
  });

  test('is the plain mean, and sure of its side by as much as its interval says', () => {
    const values = drawn(3, 4, 0.02, 150);
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
