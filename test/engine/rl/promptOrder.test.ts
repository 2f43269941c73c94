import { describe, expect, test } from 'vitest';
import { levelsInOrder } from '../../../src/engine/rl/levelRanks.ts';
import { promptOrder, type PromptOrderOptions } from '../../../src/engine/rl/promptOrder.ts';

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** 60 problems: 30 of level 0, 20 of level 1, 10 of level 2, mixed. */
const ranks = range(60).map((problem) => [0, 0, 0, 1, 1, 2][problem % 6] ?? 0);
const asked = (changes: Partial<PromptOrderOptions>): number[][] => {
  const options = { ranks, order: 'shuffled', weights: [], seed: 5, prompts: 6, blocks: 10, ...changes } as const;
  const at = promptOrder(options);
  return range(options.blocks).map((block) => range(options.prompts).map((place) => at(block, place)));
};
const levelsOf = (problems: readonly number[]): number[] => problems.map((problem) => ranks[problem] ?? -1);
const isAscending = (values: readonly number[]): boolean =>
  values.every((value, i) => i === 0 || values[i - 1]! <= value);

describe('shuffled', () => {
  test('each pass asks every problem once, in an order of its own', () => {
    const all = asked({ blocks: 20 }).flat();
    const [first, second] = [all.slice(0, 60), all.slice(60)];
    for (const pass of [first, second]) expect(pass.toSorted((a, b) => a - b)).toEqual(range(60));
    expect(first).not.toEqual(second);
    expect(first).not.toEqual(asked({ seed: 6 }).flat());
  });
});

describe('easyFirst', () => {
  test('a pass goes through all levels once, each by chance within itself', () => {
    const all = asked({ order: 'easyFirst' }).flat();
    expect(all.toSorted((a, b) => a - b)).toEqual(range(60));
    expect(isAscending(levelsOf(all))).toBe(true);
    expect(isAscending(all.slice(0, 30))).toBe(false);
  });

  test('a shorter run takes the same share of every level', () => {
    const all = asked({ order: 'easyFirst', blocks: 5 }).flat();
    expect(new Set(all).size).toBe(30);
    expect(isAscending(levelsOf(all))).toBe(true);
    expect([0, 1, 2].map((level) => levelsOf(all).filter((one) => one === level).length)).toEqual([15, 10, 5]);
  });

  test('a longer one goes from easy to hard in each of its passes, of one length', () => {
    const all = asked({ order: 'easyFirst', blocks: 18 }).flat();
    for (const pass of [all.slice(0, 54), all.slice(54)]) {
      expect(new Set(pass).size).toBe(54);
      expect(isAscending(levelsOf(pass))).toBe(true);
    }
  });
});

describe('weighted', () => {
  test('levels come as often as their weights say, give or take one in each block, and no problem twice', () => {
    const blocks = asked({ order: 'weighted', weights: [1, 2, 0], prompts: 10, blocks: 300 });
    for (const block of blocks) {
      expect(new Set(block).size).toBe(10);
      const counts = [0, 1, 2].map((level) => levelsOf(block).filter((one) => one === level).length);
      expect(counts[2]).toBe(0);
      expect([3, 4]).toContain(counts[0]);
    }
    // 3,000 places at a third: the draws of blocks are independent, so 1,000 within 3 standard deviations of 300 x 0.47.
    const easy = levelsOf(blocks.flat()).filter((level) => level === 0).length;
    expect(Math.abs(easy - 1000)).toBeLessThan(25);
    expect(new Set(blocks.flat()).size).toBe(50);
  });

  test('the weight of a level without problems goes to the others', () => {
    const options = {
      ranks: [0, 0, 2, 2],
      order: 'weighted',
      weights: [1, 5, 1],
      seed: 1,
      prompts: 2,
      blocks: 9,
    } as const;
    const at = promptOrder(options);
    for (const block of range(9)) expect([at(block, 0) < 2, at(block, 1) >= 2]).toEqual([true, true]);
  });
});

test.each(['shuffled', 'easyFirst', 'weighted'] as const)(
  '%s: what is asked later needs nothing of before',
  (order) => {
    const all = asked({ order, weights: [1, 1, 1] });
    const at = promptOrder({ ranks, order, weights: [1, 1, 1], seed: 5, prompts: 6, blocks: 10 });
    expect(range(6).map((place) => at(7, place))).toEqual(all[7]);
  },
);

test.each([
  [
    ['Level 10', 'Level 2', 'Level 2'],
    ['Level 2', 'Level 10'],
  ],
  [
    ['0.5', '0.125', '1e-2'],
    ['1e-2', '0.125', '0.5'],
  ],
  [
    ['hard', 'easy', 'level 3'],
    ['easy', 'hard', 'level 3'],
  ],
  [
    ['-1', '3', '0'],
    ['-1', '0', '3'],
  ],
])('%j in order', (levels, ordered) => expect(levelsInOrder(levels)).toEqual(ordered));
