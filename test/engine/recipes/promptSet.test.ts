import { describe, expect, test } from 'vitest';
import { isVerifiable } from '../../../src/engine/grading/rowsJudge.ts';
import { promptSet, type PromptSetOptions } from '../../../src/engine/recipes/promptSet.ts';
import { ExampleTable, packExample, type RowText } from '../../../src/engine/rows/exampleTable.ts';

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

interface Given {
  readonly prompt: string;
  readonly answer?: string | null;
  readonly tokens?: number;
  readonly level?: string;
  readonly difficulty?: number;
}

function rowsOf(given: readonly Given[]): PromptSetOptions['rows'] {
  const table = new ExampleTable();
  const packed = given.map(({ prompt, answer = '1', tokens = 4, level = null, difficulty = null }, at) => {
    const ids = range(tokens).map((token) => token + 10 * at);
    const example = { prompt, completion: '', answer, isCorrect: null, difficulty, level };
    const encoded = { tokens: ids, lossMask: ids.map(() => 0 as const), promptLength: tokens, findings: [] };
    return packExample(example, encoded, at + 1, (text) => text.length);
  });
  for (const { facts } of packed) table.append(facts);
  return {
    table,
    exampleAt: (example) => ({ tokens: packed[example]!.tokens }),
    textAt: (example) => JSON.parse(packed[example]!.text) as RowText,
  };
}

function setOf(given: readonly Given[], more: Partial<Omit<PromptSetOptions, 'data'>> = {}, maxPromptLength?: number) {
  const leftOut: [string, number][] = [];
  const set = promptSet({
    rows: rowsOf(given),
    data: { path: 'problems.jsonl', ...(maxPromptLength !== undefined && { maxPromptLength }) },
    ...{ maxPositions: 100, heldOut: 400, seed: 7, isVerifiable, ...more },
    leaveOut: (reason, line) => leftOut.push([reason, line]),
  });
  return { ...set, leftOut };
}

const many = range(50).map((at): Given => ({ prompt: `problem ${at}`, answer: String(at), level: `Level ${at % 5}` }));
const asked = ({ training }: ReturnType<typeof setOf>): string[] =>
  range(training.size).map((place) => training.at(place).prompt);
const held = ({ questions }: ReturnType<typeof setOf>): string[] =>
  range(questions.size).map((place) => questions.at(place).prompt);

test('problems are asked once each with tokens, answer and level; a tenth of them is held out', () => {
  const set = setOf([...many, ...many]);
  expect([set.problems, set.training.size, set.questions.size]).toEqual([50, 45, 5]);
  expect(new Set([...asked(set), ...held(set)]).size).toBe(50);
  const at = asked(set).indexOf('problem 13');
  expect(set.training.at(at)).toEqual({
    prompt: 'problem 13',
    gold: '13',
    tokens: [130, 131, 132, 133],
    level: 'Level 3',
  });
  expect(set.training.level(at)).toBe('Level 3');
});

test('what is held out is the same in any order of the rows, and fewer are a part of more', () => {
  expect(held(setOf(many.toReversed())).toSorted()).toEqual(held(setOf(many)).toSorted());
  const two = held(setOf(many, { heldOut: 2 }));
  expect(two).toHaveLength(2);
  for (const prompt of two) expect(held(setOf(many))).toContain(prompt);
});

test('a file that is only measured is measured whole', () => {
  expect(setOf(many, { holdsOutAll: true }).questions.size).toBe(50);
  expect(setOf(many, { holdsOutAll: true }).training.size).toBe(0);
});

describe('what is left out', () => {
  test('prompts that leave no room, or more than the config allows', () => {
    const long: Given[] = [...many, { prompt: 'long', tokens: 100 }, { prompt: 'fits', tokens: 99 }];
    expect(setOf(long).leftOut).toEqual([['tooManyTokens', 51]]);
    expect(setOf(long, {}, 50).leftOut).toEqual([
      ['tooManyTokens', 51],
      ['tooManyTokens', 52],
    ]);
  });

  test('problems whose answer nobody can verify; a later row of the same problem may do better', () => {
    const rows: Given[] = [
      ...many,
      { prompt: 'none', answer: null },
      { prompt: 'none', answer: '3' },
      { prompt: 'no', answer: '' },
    ];
    const set = setOf(rows);
    expect(set.leftOut).toEqual([
      ['unverifiable', 51],
      ['unverifiable', 53],
    ]);
    expect(set.problems).toBe(51);
  });

  test('too few are told', () => {
    expect(() => setOf([{ prompt: 'one' }])).toThrow(/problems.jsonl has 1 different problems/);
  });
});

test('where a row has no level its difficulty stands for it', () => {
  const set = setOf([{ prompt: 'a', difficulty: 0.25 }, { prompt: 'b', level: '7', difficulty: 1 }, { prompt: 'c' }]);
  const levels = range(set.training.size).map((place) => set.training.level(place));
  for (const level of levels) expect(['0.25', '7', null]).toContain(level);
});
