import { describe, expect, test } from 'vitest';
import { FloatBlocks } from '../../src/data/floatBlocks.ts';

const LARGEST = 64;

describe('floats in blocks', () => {
  const lengths = [3, 16, 0, 17, 40, 65, 64, 1, 200, 30];
  const blocks = new FloatBlocks(lengths, LARGEST);
  const arrays = lengths.map((length) => blocks.take(length));

  test('each array has its length, in zeros that no other array writes', () => {
    arrays.forEach((array, i) => {
      expect([...array]).toEqual(lengths.slice(i, i + 1).flatMap((length) => Array<number>(length).fill(0)));
      array.fill(i + 1);
    });
    arrays.forEach((array, i) => expect(array.every((value) => value === i + 1)).toBe(true));
  });

  test('arrays begin at lines of the cache', () => {
    for (const { byteOffset } of arrays) expect(byteOffset % 64).toBe(0);
  });

  test('blocks are shared, none is larger than allowed but for one array, and together they have little to spare', () => {
    const buffers = new Set(arrays.map(({ buffer }) => buffer));
    expect(buffers.size).toBeLessThan(lengths.filter((length) => length > 0).length);
    for (const buffer of buffers) {
      const users = arrays.filter((array) => array.buffer === buffer);
      if (buffer.byteLength > 4 * LARGEST) expect(users).toHaveLength(1);
    }
    const bytes = [...buffers].reduce((sum, { byteLength }) => sum + byteLength, 0);
    const needed = lengths.reduce((sum, length) => sum + 4 * length, 0);
    expect(bytes).toBeLessThanOrEqual(needed + lengths.length * 64 + 2 * 4 * LARGEST);
  });
});
