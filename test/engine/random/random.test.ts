import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Draws } from '../../../src/engine/random/draws.ts';
import { permutation } from '../../../src/engine/random/permutation.ts';
import { philox } from '../../../src/engine/random/philox.ts';
import { hashText, randomSource } from '../../../src/engine/random/randomSource.ts';
import { sampleIndex } from '../../../src/engine/random/sampleIndex.ts';

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);
const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

describe('philox', () => {
  // Known answers of the Random123 library (kat_vectors, philox4x32 10).
  test.each([
    [[0, 0, 0, 0], [0, 0], '6627e8d5 e169c58d bc57ac4c 9b00dbd8'],
    [[0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff], [0xffffffff, 0xffffffff], '408f276d 41c83b0e a20bc7c6 6d5451fd'],
    [[0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0], 'd16cfe09 94fdcceb 5001e420 24126ea1'],
  ])('gives the published words for counter %j and key %j', (counter, [key0 = 0, key1 = 0], words) => {
    const block = Uint32Array.from(counter);
    philox(block, key0, key1);
    expect([...block].map((word) => word.toString(16).padStart(8, '0')).join(' ')).toBe(words);
  });
});

describe('randomSource', () => {
  test('stays what it was: golden numbers', () => {
    const source = randomSource(1, 'golden', 2);
    expect(range(3).map((i) => source.uniform(i))).toMatchInlineSnapshot(`
      [
        0.16566636847254523,
        0.281793091675558,
        0.0128409106354751,
      ]
    `);
    expect(range(3).map((i) => source.normal(i))).toMatchInlineSnapshot(`
      [
        0.28299866181617195,
        -0.5010043656319317,
        -0.11767210552262475,
      ]
    `);
    expect(range(8).map((i) => source.integer(i, 10))).toMatchInlineSnapshot(`
      [
        1,
        2,
        0,
        1,
        9,
        2,
        7,
        4,
      ]
    `);
  });

  test('is a function of its four keys and of nothing else', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.string(), fc.maxSafeNat(), fc.maxSafeNat(), (seed, purpose, step, index) => {
        const source = randomSource(seed, purpose, step);
        const first = source.uniform(index);
        source.normal(index + 1);
        expect(randomSource(seed, purpose, step).uniform(index)).toBe(first);
        expect(first >= 0 && first < 1).toBe(true);
      }),
    );
  });

  test('differs when one key differs, above 32 bits too', () => {
    const base = randomSource(5, 'order', 7).uniform(9);
    const others = [
      randomSource(6, 'order', 7).uniform(9),
      randomSource(5 + 2 ** 32, 'order', 7).uniform(9),
      randomSource(5, 'Order', 7).uniform(9),
      randomSource(5, 'order', 8).uniform(9),
      randomSource(5, 'order', 7 + 2 ** 32).uniform(9),
      randomSource(5, 'order', 7).uniform(10),
      randomSource(5, 'order', 7).uniform(9 + 2 ** 32),
    ];
    expect(new Set([base, ...others]).size).toBe(8);
  });

  test('is uniform: chi-squared of 64 bins over 64,000 draws', () => {
    for (const seed of [0, 1, 2]) {
      const source = randomSource(seed, 'chi');
      const bins = new Float64Array(64);
      for (let i = 0; i < 64_000; i++) bins[source.integer(i, 64)]! += 1;
      const chi = bins.reduce((sum, seen) => sum + (seen - 1000) ** 2 / 1000, 0);
      // 63 degrees of freedom: 0.1 % .. 99.9 % quantiles.
      expect(chi).toBeGreaterThan(32);
      expect(chi).toBeLessThan(104);
    }
  });

  test('is normal: first four moments over 100,000 draws', () => {
    const source = randomSource(3, 'moments');
    const values = range(100_000).map((i) => source.normal(i));
    expect(mean(values)).toBeCloseTo(0, 1);
    expect(mean(values.map((v) => v ** 2))).toBeCloseTo(1, 1);
    expect(mean(values.map((v) => v ** 3))).toBeCloseTo(0, 1);
    expect(Math.abs(mean(values.map((v) => v ** 4)) - 3)).toBeLessThan(0.1);
    expect(values.every(Number.isFinite)).toBe(true);
  });

  test('neighbouring indices and steps are uncorrelated', () => {
    const source = randomSource(4, 'pairs');
    const next = randomSource(4, 'pairs', 1);
    const correlation = (other: (i: number) => number): number =>
      mean(range(50_000).map((i) => (source.uniform(i) - 0.5) * (other(i) - 0.5))) * 12;
    expect(Math.abs(correlation((i) => source.uniform(i + 1)))).toBeLessThan(0.02);
    expect(Math.abs(correlation((i) => next.uniform(i)))).toBeLessThan(0.02);
  });
});

test('hashText keeps apart 20,000 similar texts', () => {
  expect(new Set(range(20_000).map((i) => hashText(`${i}+${i * 7}=`))).size).toBeGreaterThan(19_998);
});

describe('Draws', () => {
  test('integers reach both ends and nothing else', () => {
    const draws = new Draws(randomSource(1, 'draws'));
    expect(new Set(range(500).map(() => draws.integer(-2, 3)))).toEqual(new Set([-2, -1, 0, 1, 2, 3]));
  });

  test('an empty list is refused in words', () => {
    expect(() => new Draws(randomSource(1, 'draws')).pick([])).toThrow('at least one entry');
  });
});

describe('permutation', () => {
  test('hits every place once, for any size', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3000 }), fc.nat(), fc.nat(), (size, seed, step) => {
        const place = permutation(size, seed, 'order', step);
        expect(new Set(range(size).map(place)).size).toBe(size);
        expect(range(size).every((i) => place(i) < size)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  test('mixes: places are spread evenly and two steps share few of them', () => {
    const size = 10_000;
    const first = permutation(size, 1, 'order', 0);
    const second = permutation(size, 1, 'order', 1);
    expect(range(size).filter((i) => first(i) === second(i)).length).toBeLessThan(10);
    expect(range(size).filter((i) => first(i) === i).length).toBeLessThan(10);
    expect(Math.abs(mean(range(1000).map(first)) / size - 0.5)).toBeLessThan(0.05);
    const rises = range(size - 1).filter((i) => first(i + 1) > first(i)).length;
    expect(Math.abs(rises / size - 0.5)).toBeLessThan(0.03);
  });

  test('small sizes reach every order about equally often', () => {
    const seen = new Map<string, number>();
    for (let seed = 0; seed < 6000; seed++) {
      const place = permutation(3, seed, 'order');
      const key = range(3).map(place).join('');
      seen.set(key, (seen.get(key) ?? 0) + 1);
    }
    expect(seen.size).toBe(6);
    for (const count of seen.values()) expect(Math.abs(count - 1000)).toBeLessThan(200);
  });

  test('refuses a position outside', () => {
    expect(() => permutation(5, 1, 'order')(5)).toThrow('outside 0 .. 4');
  });
});

describe('sampleIndex', () => {
  test('follows the weights and never takes a weight of 0', () => {
    const source = randomSource(1, 'sample');
    const counts = [0, 0, 0, 0];
    for (let i = 0; i < 20_000; i++) counts[sampleIndex([1, 0, 3, 0], source.uniform(i))]! += 1;
    expect(counts[1]! + counts[3]!).toBe(0);
    expect(counts[2]! / 20_000).toBeCloseTo(0.75, 1);
    expect(sampleIndex([0, 2, 0], 1 - 2 ** -53)).toBe(1);
  });

  test.each([[[0, 0]], [[NaN, 1]], [[Infinity]]])('refuses weights %j', (weights) => {
    expect(() => sampleIndex(weights, 0.5)).toThrow('Cannot sample');
  });
});
