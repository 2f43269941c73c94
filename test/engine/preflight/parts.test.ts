import { expect, test } from 'vitest';
import { BenchmarkOverlap } from '../../../src/engine/preflight/benchmarkOverlap.ts';
import { HeldOutOverlap } from '../../../src/engine/preflight/heldOutOverlap.ts';
import { lengthStatistics, quantiles } from '../../../src/engine/preflight/lengthStatistics.ts';
import { Reservoir } from '../../../src/engine/preflight/reservoir.ts';
import { markTexts, tokenPieces } from '../../../src/engine/preflight/tokenPieces.ts';
import { problemSet } from '../../../src/engine/recipes/problemSet.ts';
import { taskExample } from '../../../src/engine/recipes/taskExample.ts';
import { heldOutChance, problemKey } from '../../../src/engine/rows/heldOutRows.ts';
import { EXAMPLE_WORDS, ExampleTable, packExample } from '../../../src/engine/rows/exampleTable.ts';
import { taskOf } from '../../../src/engine/tasks/index.ts';
import { characterTokenizer } from '../../../src/engine/tokenizer/characterTokenizer.ts';
import { FAMILIES, texts, tokenizerOf } from '../../support/tokenizers.ts';

test('lengths in numbers and bars of one width that hold all of them', () => {
  const lengths = Array.from({ length: 1000 }, (_, at) => at);
  const told = lengthStatistics(lengths);
  expect(told).toMatchObject({ sum: 499_500, median: 500, p90: 900, p99: 990, longest: 999 });
  expect(told.histogram).toEqual(
    Array.from({ length: 10 }, (_, bar) => ({ from: bar * 100, below: (bar + 1) * 100, count: 100 })),
  );
  expect(quantiles(told, 4)).toEqual([299, 499, 799, 999]);
  expect(lengthStatistics([])).toMatchObject({ sum: 0, longest: 0, histogram: [] });
  expect(quantiles(lengthStatistics([]), 4)).toEqual([]);
  for (const longest of [0, 1, 7, 12, 999_999])
    expect(lengthStatistics([longest]).histogram.reduce((sum, { count }) => sum + count, 0)).toBe(1);
});

test('every item has the same chance to be drawn, whatever its place', () => {
  const [size, items, draws] = [10, 200, 4000];
  const taken = new Float64Array(items);
  for (let seed = 0; seed < draws; seed++) {
    const reservoir = new Reservoir(size, seed);
    const slots = new Array<number>(size).fill(-1);
    for (let item = 0; item < items; item++) {
      const slot = reservoir.offer(item);
      if (slot !== null) slots[slot] = item;
    }
    expect(new Set(slots).size).toBe(size);
    for (const item of slots) taken[item] = (taken[item] ?? 0) + 1;
  }
  // Chi-square with 199 degrees of freedom; 1 in 10,000 draws passes 279.
  const expected = (draws * size) / items;
  const chi = taken.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  expect(chi).toBeLessThan(279);
});

test.each(FAMILIES)('%s: pieces are the tokens and their texts, also where a character takes several', (family) => {
  const tokenizer = tokenizerOf(family);
  const marks = markTexts(tokenizer.toJson());
  for (const { text } of texts) {
    const tokens = [...tokenizer.encode(text), tokenizer.endToken];
    const example = { tokens, lossMask: tokens.map(() => 1 as const), promptLength: 0 };
    const pieces = tokenPieces(tokenizer, marks, example, Infinity);
    expect(pieces.flatMap(({ ids }) => ids)).toEqual(tokens);
    expect(pieces.map(({ at }) => at)).toEqual(places(pieces));
    const plain = pieces.filter(({ isSpecial }) => !isSpecial);
    if (plain.length === pieces.length - 1)
      expect(plain.map((piece) => piece.text).join('')).toBe(tokenizer.decode(tokens));
    const state = tokens.length === 1 ? 'read' : 'learned';
    expect(pieces.at(-1)).toMatchObject({ ids: [tokenizer.endToken], isSpecial: true, state });
  }
});

const places = (pieces: readonly { readonly ids: readonly number[] }[]): number[] => {
  let at = 0;
  return pieces.map(({ ids }) => (at += ids.length) - ids.length);
};

test('a token is learned, read or cut; the first is read, and what is cut has no state of the mask', () => {
  const tokenizer = characterTokenizer({ characters: 'abc', words: [] });
  const tokens = [...tokenizer.encode('abcab'), tokenizer.endToken];
  const example = { tokens, lossMask: [1, 0, 1, 1, 1, 1] as const, promptLength: 2 };
  const pieces = tokenPieces(tokenizer, markTexts(tokenizer.toJson()), example, 4);
  expect(pieces.map(({ text, state }) => `${text} ${state}`)).toEqual([
    'a read',
    'b read',
    'c learned',
    'a learned',
    'b cut',
    '<end> cut',
  ]);
});

test('a character whose bytes are partly cut shows what is left of it', () => {
  const tokenizer = tokenizerOf('qwen3');
  const character = Array.from('한글𝔘').find((one) => tokenizer.encode(one).length > 1) ?? '';
  const tokens = tokenizer.encode(character);
  expect(tokens.length).toBeGreaterThan(1);
  const example = { tokens, lossMask: tokens.map(() => 1 as const), promptLength: 0 };
  const pieces = tokenPieces(tokenizer, new Map(), example, 2);
  expect(pieces.flatMap(({ ids }) => ids)).toEqual(tokens);
  expect(pieces.at(-1)?.state).toBe(tokens.length > 2 ? 'cut' : 'learned');
});

test('a prompt that is held out in other spelling is found, equal ones and others are not', () => {
  const overlap = new HeldOutOverlap();
  overlap.add({ prompt: 'What is 2 + 3?' }, 'a:1');
  overlap.add({ prompt: 'what is  2 + 3' }, 'a:2');
  overlap.add({ prompt: 'What is 2 - 3?' }, 'a:3');
  overlap.add({ prompt: [{ role: 'user', content: 'WHAT IS 2 + 3!' }] }, 'a:4');
  expect(overlap.result((prompt) => prompt === 'What is 2 + 3?')).toEqual({ count: 2, first: 'a:2' });
  expect(overlap.result(() => false)).toEqual({ count: 0, first: '' });
});

test('prompts that show a problem of a benchmark, whole or eight words of it, are told by benchmark', () => {
  const problem = 'A train leaves the station at nine in the morning and arrives at noon; how long does it take?';
  const overlap = new BenchmarkOverlap([
    { name: 'a', problems: ['What is 2 + 3?'] },
    { name: 'b', problems: [problem, 'Nobody asks this.'] },
  ]);
  const add = (prompt: Parameters<typeof overlap.add>[0]['prompt'], place: string): void =>
    overlap.add({ prompt, completion: 'x' }, place);
  add('Say it. What is 2 + 3?', 'f:1');
  add('what is 2 + 3', 'f:2');
  add([{ role: 'user', content: 'We know that a train leaves the station at nine in the morning. Why?' }], 'f:3');
  add('', 'f:4');
  overlap.add({ prompt: '', completion: problem }, 'f:5');
  expect(overlap.result()).toEqual([
    { name: 'a', count: 1, first: 'f:2' },
    { name: 'b', count: 2, first: 'f:3' },
  ]);
});

test('pre-flight knows problems by the key that a training knows them by', () => {
  const table = new ExampleTable();
  const prompts = ['one', 'two  and', '한글'];
  for (const prompt of prompts) {
    const row = { prompt, completion: 'c', answer: null, isCorrect: null, difficulty: null };
    const example = { tokens: [1, 2], lossMask: [0, 1] as const, promptLength: 1, findings: [] };
    const { facts } = packExample(row, example, 1, (text) => text.length);
    expect(facts.length).toBe(EXAMPLE_WORDS);
    table.append(facts);
  }
  expect(prompts.map((_, at) => table.problemKey(at))).toEqual(prompts.map(problemKey));
  const chances = Array.from({ length: 2000 }, (_, at) => heldOutChance(3)(problemKey(`problem ${at}`)));
  expect(chances.filter((chance) => chance < 0.1).length / 2000).toBeCloseTo(0.1, 1);
});

test('an example of a task ends in the end token, and its prompt is read only where the config says so', () => {
  const task = taskOf({ name: 'arithmetic', level: 'addition-2', trace: 'short', reflectionRate: 0, slipRate: 0 });
  const tokenizer = characterTokenizer(task.vocabulary);
  const options = { task, tokenizer, problems: problemSet(task, 'train', 1, 10), seed: 1 };
  const { tokens, lossMask, promptLength } = taskExample({ ...options, completionOnlyLoss: true }, 3);
  expect(tokenizer.decode(tokens.slice(0, promptLength))).toBe(options.problems.at(3).prompt);
  expect(tokens.at(-1)).toBe(tokenizer.endToken);
  expect(lossMask.indexOf(1)).toBe(promptLength);
  expect(taskExample({ ...options, completionOnlyLoss: false }, 3).lossMask).not.toContain(0);
});
