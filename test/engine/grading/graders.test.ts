import { describe, expect, test } from 'vitest';
import type { Grader, GraderOptions } from '../../../src/engine/grading/graders/grader.ts';
import { graders } from '../../../src/engine/grading/graders/index.ts';
import { GRADERS } from '../../../src/protocol/grading.ts';
import { hostilePredictions } from '../../support/hostileAnswers.ts';

type Case = readonly [prediction: string, gold: string];

interface Cases {
  readonly pattern?: string;
  readonly correct: readonly Case[];
  readonly wrong: readonly Case[];
  readonly unparsed: readonly Case[];
  readonly goldUnparsed: readonly Case[];
}

/** What each grader of the list must say; a new grader adds its own line. */
const cases: Readonly<Record<Grader['name'], Cases>> = {
  math: {
    correct: [
      ['\\boxed{0.5}', '\\frac12'],
      ['<think>\\boxed{1}</think>The answer is $x=3$.', '3'],
      ['\\boxed{7}', '7'],
    ],
    wrong: [
      ['\\boxed{0.33}', '\\frac13'],
      ['\\boxed{10}', '10\\%  + 1'],
      ['\\boxed{8}', '7'],
    ],
    unparsed: [
      ['I do not know yet what it might turn out to be.', '7'],
      ['\\boxed{7', '7'],
      ['', '7'],
      ['\\boxed{1/0}', '7'],
    ],
    goldUnparsed: [
      ['\\boxed{7}', ''],
      ['\\boxed{7}', '\\frac{7'],
    ],
  },
  arithmetic: {
    correct: [
      ['1+1=2\n#2', '2'],
      ['#4/2', '2'],
    ],
    wrong: [
      ['#3', '2'],
      ['#2\n#3', '2'],
    ],
    unparsed: [
      ['2', '2'],
      ['#two', '2'],
    ],
    goldUnparsed: [['#2', 'two']],
  },
  exact: {
    correct: [
      ['  New   York\n', 'New York'],
      ['<think>Boston?</think> New York', 'New York'],
      ['The answer is New York.', 'New York'],
    ],
    wrong: [
      ['new york', 'New York'],
      ['New York City', 'New York'],
    ],
    unparsed: [
      ['', 'New York'],
      ['<think>New York', 'New York'],
    ],
    goldUnparsed: [['New York', '  ']],
  },
  choice: {
    correct: [
      ['The answer is (B).', 'B'],
      ['\\boxed{\\text{b}}', '(B)'],
      ['Answer: C and A', 'A, C'],
      ['B) 42', 'B'],
    ],
    wrong: [
      ['The answer is (C).', 'B'],
      ['\\boxed{A}', 'A, C'],
      ['\\boxed{A, B, C, D}', 'B'],
    ],
    unparsed: [
      ['A rectangle', 'B'],
      ['', 'B'],
      ['\\boxed{}', 'B'],
    ],
    goldUnparsed: [
      ['\\boxed{B}', 'forty-two'],
      ['\\boxed{B}', ''],
    ],
  },
  json: {
    correct: [
      ['Here:\n```json\n{"b": [1, 2.0], "a": null}\n```', '{"a":null,"b":[1,2]}'],
      ['It is {"a": 1e2}, I think', '{"a": 100}'],
      ['7', '7'],
    ],
    wrong: [
      ['{"a": [2, 1]}', '{"a": [1, 2]}'],
      ['{"a": "1"}', '{"a": 1}'],
      ['[["a",1]]', '{"a":1}'],
      ['{"a":1,"b":2}', '{"a":1}'],
    ],
    unparsed: [
      ['{"a": 1', '{"a": 1}'],
      ['nothing', '{"a": 1}'],
      ['', '7'],
    ],
    goldUnparsed: [
      ['7', 'seven'],
      ['7', ''],
    ],
  },
  regex: {
    pattern: 'total: *(\\S+)',
    correct: [
      ['total: 5\ntotal: 7', '7'],
      ['total: 14/2', '7'],
      ['total:  x', 'x'],
    ],
    wrong: [
      ['total: 7\ntotal: 5', '7'],
      ['total: X', 'x'],
    ],
    unparsed: [
      ['7', '7'],
      ['total:', '7'],
    ],
    goldUnparsed: [['total: 7', ' ']],
  },
};

describe.each(graders.map((grader) => [grader.name, grader] as const))('grader %s', (name, grader) => {
  const { pattern = null, ...verdicts } = cases[name];
  const options: GraderOptions = { isStrict: false, pattern };
  const verdictOf = ([prediction, gold]: Case, strict = false): string =>
    grader.judge({ prediction, gold }, { ...options, isStrict: strict }).verdict;

  test('right answers are correct, others are not', () => {
    for (const each of verdicts.correct) expect([each, verdictOf(each)]).toEqual([each, 'correct']);
    for (const each of verdicts.wrong) expect([each, verdictOf(each)]).toEqual([each, 'wrong']);
  });

  test('no answer is unparsed, and a gold that cannot be read is told before anything else', () => {
    for (const each of verdicts.unparsed) expect([each, verdictOf(each)]).toEqual([each, 'unparsed']);
    for (const each of verdicts.goldUnparsed) expect([each, verdictOf(each)]).toEqual([each, 'gold_unparsed']);
  });

  test('the quick rule agrees with the whole, and strict accepts nothing more', () => {
    for (const [prediction, gold] of Object.values(verdicts).flat()) {
      const quick = grader.quick({ prediction, gold }, options);
      if (quick) expect(quick.verdict).toBe(verdictOf([prediction, gold]));
      if (verdictOf([prediction, gold], true) === 'correct') expect(verdictOf([prediction, gold])).toBe('correct');
    }
  });

  test('hostile texts are not correct', () => {
    if (name === 'regex') return expect(grader.quick({ prediction: '', gold: '' }, options)).toBeNull();
    for (const text of Object.values(hostilePredictions)) expect(verdictOf([text, '5'])).not.toBe('correct');
  });
});

test('every name of a grader has one; a command is run by the trainer', () => {
  expect([...graders.map(({ name }) => name), 'command']).toEqual([...GRADERS]);
});
