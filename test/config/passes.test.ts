import { expect, test } from 'vitest';
import { sequencesPerPass } from '../../src/config/passes.ts';

test.each([
  // size, length, threads, expected
  [16, 256, 1, 4],
  [4, 512, 1, 2],
  [16, 256, 2, 4],
  [16, 256, 4, 8],
  [4, 512, 2, 2],
  [32, 32, 1, 32],
  [64, 48, 1, 16],
  [6, 256, 1, 3],
  [16, 320, 1, 2],
  [3, 2048, 1, 1],
  [1, 512, 1, 1],
])('%d sequences of %d tokens on %d threads: %d in a pass', (size, length, threads, expected) => {
  expect(sequencesPerPass(size, length, threads)).toBe(expected);
});

test('what has no even part of a useful size is not cut', () => {
  expect(sequencesPerPass(7, 256, 1)).toBe(7);
  expect(sequencesPerPass(62, 32, 1)).toBe(31);
  expect(sequencesPerPass(58, 64, 1)).toBe(58);
});

test('every part is even, and of 512 to 1,024 tokens where the batch is cut at all', () => {
  for (let size = 1; size <= 64; size++)
    for (const length of [8, 48, 256, 512, 1024]) {
      const part = sequencesPerPass(size, length, 1);
      expect(size % part).toBe(0);
      if (part < size) expect(part * length).toBeGreaterThanOrEqual(512);
      if (part < size) expect(part * length).toBeLessThanOrEqual(1024);
    }
});
