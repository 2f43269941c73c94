import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nearest, slipsBetween } from '../../src/config/nearest.ts';

test.each([
  ['', '', 0],
  ['abc', '', 3],
  ['learningrat', 'learningrate', 1],
  ['bacth', 'batch', 1],
  ['kitten', 'sitting', 3],
])('%s and %s are %i slips apart', (a, b, slips) => {
  expect(slipsBetween(a, b)).toBe(slips);
});

test('the distance is symmetric and zero only for equal words', () => {
  const word = fc.string({ maxLength: 12 });
  fc.assert(
    fc.property(word, word, (a, b) => {
      expect(slipsBetween(a, b)).toBe(slipsBetween(b, a));
      expect(slipsBetween(a, b) === 0).toBe(a === b);
      expect(slipsBetween(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length));
    }),
  );
});

test('short words are only near when one slip apart, strange words are near to nothing', () => {
  expect(nearest('gpus', ['auto', 'cpu', 'gpu'])).toBe('gpu');
  expect(nearest('tpux', ['auto', 'cpu', 'gpu'])).toBeNull();
  expect(nearest('', ['a'])).toBeNull();
  expect(nearest('LEARNING-RATE', ['learningRate'])).toBe('learningRate');
});
