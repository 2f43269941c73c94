import { describe, expect, test } from 'vitest';
import { rowsData } from '../../../src/config/rowsSchema.ts';
import { rowSet, type RowSetOptions } from '../../../src/engine/recipes/rowSet.ts';
import { ExampleTable, packExample, type RowText } from '../../../src/engine/rows/exampleTable.ts';

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

interface Given {
  readonly prompt: string;
  readonly promptLength?: number;
  readonly tokens?: number;
  readonly answer?: string;
  readonly learned?: readonly number[];
}

/** Rows kept in memory: `learned` are the places of learned tokens, all behind the prompt if left out. */
function rowsOf(given: readonly Given[]): RowSetOptions['rows'] {
  const table = new ExampleTable();
  const packed = given.map(({ prompt, promptLength = 3, tokens = 8, answer = null, learned }, at) => {
    const ids = range(tokens);
    const lossMask = ids.map((place) => ((learned ? learned.includes(place) : place >= promptLength) ? 1 : 0));
    const example = { prompt, completion: 'x', answer, isCorrect: null, difficulty: null };
    return packExample(example, { tokens: ids, lossMask, promptLength, findings: [] }, at + 1, (text) => text.length);
  });
  for (const { facts } of packed) table.append(facts);
  return {
    table,
    exampleAt: (example) => ({ tokens: packed[example]!.tokens }),
    textAt: (example) => JSON.parse(packed[example]!.text) as RowText,
  };
}

function setOf(given: readonly Given[], more: Partial<Omit<RowSetOptions, 'data'>> = {}, data: object = {}) {
  const leftOut: [string, number][] = [];
  const set = rowSet({
    rows: rowsOf(given),
    data: rowsData.parse({ path: 'rows.jsonl', ...data }),
    maxPositions: 100,
    heldOut: 400,
    seed: 7,
    leaveOut: (reason, line) => leftOut.push([reason, line]),
    ...more,
  });
  return { ...set, leftOut };
}

const many = range(200).map((at) => ({ prompt: `problem ${at % 100}`, answer: at % 2 === 0 ? String(at) : undefined }));
const given = many.map(({ prompt, answer }) => ({ prompt, ...(answer === undefined ? {} : { answer }) }));
const prompts = ({ questions }: ReturnType<typeof setOf>): string[] =>
  range(questions.size).map((at) => questions.at(at).prompt);

describe('what is held out', () => {
  test('is no more than a tenth, one example of each problem, and no other example of it is learned', () => {
    const set = setOf(given);
    expect([set.problems, set.heldOut.size, set.training.size]).toEqual([100, 10, 180]);
    expect(new Set(prompts(set)).size).toBe(10);
    expect(setOf(given, { heldOut: 3 }).training.size).toBe(194);
  });

  test('of fewer problems is a part of that of more, the same in any order of the rows, and another with another seed', () => {
    const ten = new Set(prompts(setOf(given)));
    const four = prompts(setOf(given, { heldOut: 4 }));
    expect(four).toHaveLength(4);
    for (const prompt of four) expect(ten).toContain(prompt);
    expect(new Set(prompts(setOf(given.toReversed())))).toEqual(ten);
    expect(new Set(prompts(setOf(given, { seed: 8 })))).not.toEqual(ten);
  });

  test('gives the questions with answers first, as the tokens of the prompt', () => {
    const { questions, answered } = setOf(given);
    const golds = range(questions.size).map((at) => questions.at(at).gold);
    expect(golds.slice(0, answered).every((gold) => gold !== null)).toBe(true);
    expect(golds.slice(answered).every((gold) => gold === null)).toBe(true);
    expect(questions.at(0).tokens).toEqual([0, 1, 2]);
  });

  test('is all that was asked for where a file is only measured', () => {
    expect(setOf(given, { holdsOutAll: true }).heldOut.size).toBe(100);
  });

  test('needs two problems', () => {
    expect(() => setOf([{ prompt: 'a' }, { prompt: 'a' }])).toThrow(/rows.jsonl has 1 different problems/);
    expect(setOf([{ prompt: 'a' }, { prompt: 'b' }]).training.size).toBe(1);
  });
});

describe('long examples', () => {
  const long = [...range(3).map((at) => ({ prompt: `short ${at}` })), { prompt: 'long', tokens: 30 }];

  test('are left out and told', () => {
    const { used, leftOut } = setOf(long, {}, { maxLength: 20 });
    expect([used.length, leftOut]).toEqual([3, [['tooManyTokens', 4]]]);
  });

  test('are cut; one of which nothing is learned then is left out', () => {
    const cut = setOf(
      [...long, { prompt: 'asks long', tokens: 30, promptLength: 25 }],
      { holdsOutAll: true },
      {
        maxLength: 20,
        onLongExample: 'truncate',
      },
    );
    expect(cut.leftOut).toEqual([['nothingLearned', 5]]);
    expect(
      range(4)
        .map((at) => cut.heldOut.at(at).tokens.length)
        .sort((a, b) => b - a),
    ).toEqual([20, 8, 8, 8]);
  });

  test('end the run where the config says so, and what the model cannot read is long whatever the config says', () => {
    const stop = { onLongExample: 'stop' };
    expect(() => setOf(long, {}, { ...stop, maxLength: 20 })).toThrow(
      'rows.jsonl:4: the example has 30 tokens; at most 20 are learned at once.',
    );
    expect(() => setOf(long, { maxPositions: 10 }, { ...stop, maxLength: 50 })).toThrow(/at most 10 are/);
  });

  test('what is learned keeps its places', () => {
    const { training } = setOf([
      { prompt: 'a', learned: [2, 5] },
      { prompt: 'b', learned: [2, 5] },
    ]);
    const { tokens, isLearned } = training.at(0);
    expect(Array.from(tokens)).toEqual(range(8));
    expect(range(8).filter(isLearned)).toEqual([2, 5]);
  });
});

describe('pairs', () => {
  /** Two examples of the table for each pair: what was chosen, then what was rejected. */
  const pairs = range(20).flatMap((at) => [
    { prompt: `problem ${at}`, tokens: 8, answer: String(at) },
    { prompt: `problem ${at}`, tokens: 9 },
  ]);
  const changed = (place: number, change: Partial<Given>) =>
    pairs.map((one, at) => (at === place ? { ...one, ...change } : one));
  const paired = (rows: readonly Given[], data: object = {}) => setOf(rows, { isPaired: true }, data);

  test('stand together: an example is the chosen sequence with the rejected one, and a problem is held out with both', () => {
    const set = paired(pairs);
    expect([set.problems, set.training.size, set.heldOut.size, set.answered]).toEqual([20, 18, 2, 2]);
    for (const place of range(18)) {
      const { tokens, rejected } = set.training.at(place);
      expect([tokens.length, rejected?.tokens.length]).toEqual([8, 9]);
      expect(rejected?.isLearned(2)).toBe(false);
      expect(rejected?.isLearned(3)).toBe(true);
    }
  });

  test('of which one is too long or learns nothing are left out as a whole, and once', () => {
    expect(paired(changed(5, { tokens: 101 })).leftOut).toEqual([['tooManyTokens', 5]]);
    expect(paired(changed(4, { learned: [] })).leftOut).toEqual([['nothingLearned', 5]]);
    const { problems, training, heldOut } = paired(changed(5, { tokens: 101 }));
    expect([problems, training.size, heldOut.size]).toEqual([19, 18, 1]);
  });

  test('that are the same as far as they are read are left out', () => {
    const rows = pairs.map((one, at) => (at % 2 === 0 && at < 20 ? { ...one, tokens: 7 } : one));
    const { leftOut, problems } = paired(rows, { maxLength: 8, onLongExample: 'truncate' });
    expect(leftOut).toHaveLength(10);
    expect(new Set(leftOut.map(([reason]) => reason))).toEqual(new Set(['samePair']));
    expect(problems).toBe(10);
  });
});
