import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Sampler, type SamplingSettings } from '../../../src/engine/generation/sampler.ts';
import { randomSource } from '../../../src/engine/random/randomSource.ts';

const all: SamplingSettings = { temperature: 1, topP: 1, topK: 0 };
const logits = fc
  .array(fc.integer({ min: -80, max: 80 }), { minLength: 1, maxLength: 40 })
  .map((quarters) => Float32Array.from(quarters, (quarter) => quarter / 4));

const softmax = (values: Float32Array, temperature: number): number[] => {
  const top = Math.max(...values);
  const weights = Array.from(values, (value) => Math.exp((value - top) / temperature));
  const total = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / total);
};

/** Which tokens may come out, by sorting: the slow truth. */
function allowed(values: Float32Array, { temperature, topP, topK }: SamplingSettings): number[] {
  const shares = softmax(values, temperature);
  const ranked = shares.map((_, token) => token).sort((a, b) => shares[b]! - shares[a]! || a - b);
  const first = topK > 0 ? ranked.slice(0, topK) : ranked;
  const total = first.reduce((sum, token) => sum + shares[token]!, 0);
  let before = 0;
  return first.filter((token) => {
    const isKept = topP >= 1 || before < topP * total - 1e-12;
    before += shares[token]!;
    return isKept;
  });
}

describe('Sampler', () => {
  test('temperature 0 takes the likeliest, the first of equals', () => {
    const sampler = new Sampler(4);
    expect(sampler.sample(Float32Array.of(1, 3, 3, 2), { ...all, temperature: 0 }, 0.99).token).toBe(1);
  });

  test('the log-probability is the model’s own, before temperature and cuts', () => {
    fc.assert(
      fc.property(logits, fc.constantFrom(0, 0.5, 1, 2), fc.constantFrom(0.3, 1), (values, temperature, topP) => {
        const { token, logProbability } = new Sampler(values.length).sample(
          values,
          { temperature, topP, topK: 0 },
          0.5,
        );
        expect(logProbability).toBeCloseTo(Math.log(softmax(values, 1)[token]!), 5);
      }),
    );
  });

  test('details are those of the whole distribution, and change nothing of what is drawn', () => {
    const cuts = fc.constantFrom({ topP: 1, topK: 0 }, { topP: 0.4, topK: 0 }, { topP: 1, topK: 3 });
    fc.assert(
      fc.property(logits, fc.constantFrom(0, 0.5, 1, 2), cuts, fc.nat(6), (values, temperature, cut, count) => {
        const sampler = new Sampler(values.length);
        const { details, ...chosen } = sampler.sample(values, { temperature, ...cut, alternatives: count }, 0.4);
        const plain = sampler.sample(values, { temperature, ...cut }, 0.4);
        expect(chosen.token).toBe(plain.token);
        expect(chosen.logProbability).toBeCloseTo(plain.logProbability, 9);
        const shares = softmax(values, 1);
        const entropy = shares.reduce((sum, share) => sum - (share > 0 ? share * Math.log(share) : 0), 0);
        expect(details!.entropy).toBeCloseTo(entropy, 5);
        const ranked = shares.map((_, token) => token).sort((a, b) => values[b]! - values[a]! || a - b);
        expect(details!.alternatives).toEqual(ranked.slice(0, count));
        details!.alternativeLogProbabilities.forEach((told, place) =>
          expect(told).toBeCloseTo(Math.log(shares[ranked[place]!]!), 5),
        );
      }),
    );
  });

  test('follows the probabilities at each temperature', () => {
    const values = Float32Array.of(0, 1, 2, -1);
    const source = randomSource(1, 'sampler');
    for (const temperature of [0.5, 1, 2]) {
      const sampler = new Sampler(4);
      const counts = [0, 0, 0, 0];
      for (let i = 0; i < 20_000; i++)
        counts[sampler.sample(values, { ...all, temperature }, source.uniform(i)).token]! += 1;
      softmax(values, temperature).forEach((share, token) =>
        expect(Math.abs(counts[token]! / 20_000 - share)).toBeLessThan(0.015),
      );
    }
  });

  test('top-k and top-p leave exactly the tokens that sorting leaves', () => {
    fc.assert(
      fc.property(
        logits,
        fc.constantFrom(0.6, 1),
        fc.constantFrom(0.2, 0.5, 0.95, 1),
        fc.integer({ min: 0, max: 12 }),
        (values, temperature, topP, topK) => {
          const settings = { temperature, topP, topK };
          const expected = new Set(allowed(values, settings));
          const sampler = new Sampler(values.length);
          for (let i = 0; i < 50; i++) expect(expected).toContain(sampler.sample(values, settings, i / 50).token);
          expect(expected).toContain(sampler.sample(values, settings, 1 - 2 ** -53).token);
        },
      ),
    );
  });

  test('every allowed token can come out, in proportion', () => {
    const values = Float32Array.from([3, 2.5, 2, 1, 0, -1], (v) => v);
    const settings = { temperature: 1, topP: 0.9, topK: 4 };
    const source = randomSource(2, 'sampler');
    const sampler = new Sampler(6);
    const counts = new Map<number, number>();
    for (let i = 0; i < 20_000; i++) {
      const { token } = sampler.sample(values, settings, source.uniform(i));
      counts.set(token, (counts.get(token) ?? 0) + 1);
    }
    const tokens = allowed(values, settings);
    expect(new Set(counts.keys())).toEqual(new Set(tokens));
    expect(counts.get(0)! / counts.get(1)!).toBeCloseTo(Math.exp(0.5), 0);
  });

  test('a large vocabulary of equal logits does not degrade and ranks by id', () => {
    const sampler = new Sampler(50_000);
    const values = new Float32Array(50_000);
    expect(sampler.sample(values, { temperature: 1, topP: 1, topK: 3 }, 0.99).token).toBe(2);
    expect(sampler.sample(values, { temperature: 1, topP: 0.5, topK: 0 }, 0.9999).token).toBeLessThan(25_000);
  });

  test.each([[[1, NaN]], [[-Infinity, -Infinity]], [[Infinity, 1]]])('refuses logits %j', (values) => {
    expect(() => new Sampler(2).sample(Float32Array.from(values), all, 0.5)).toThrow('damaged or diverged');
  });

  test('minus infinity forbids a token', () => {
    const sampler = new Sampler(3);
    for (let i = 0; i < 20; i++)
      expect(sampler.sample(Float32Array.of(-Infinity, 0, -Infinity), all, i / 20).token).toBe(1);
  });
});
