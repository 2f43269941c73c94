import { expect, test } from 'vitest';
import { isVerifiable, rowsJudge, strictRowsJudge } from '../../../src/engine/grading/rowsJudge.ts';

const judge = rowsJudge('rows.jsonl');
const rows: readonly (readonly [gold: string, completion: string, verdict: string])[] = [
  ['1/2', '<think>Half.</think>The answer is \\boxed{\\dfrac{1}{2}}.', 'correct'],
  ['1/2', '<think>\\boxed{1/2}</think>\\boxed{2}', 'wrong'],
  ['x+1', 'So \\boxed{1+x}', 'correct'],
  ['42', '#### 42', 'correct'],
  ['42', 'First I add.\nThen I do not know.', 'unparsed'],
  ['Paris', 'Final answer: Paris', 'correct'],
  ['Paris', 'Final answer: London', 'wrong'],
];

test.each(rows)('%s beside %s is %s', (gold, completion, verdict) => {
  expect(judge.grade({ prompt: 'What?', gold }, completion)?.verdict).toBe(verdict);
});

test('a row without an answer is not graded, and the judge tells its version', () => {
  expect(judge.grade({ prompt: 'What?', gold: null }, '#### 42')).toBeNull();
  expect(judge.verifier).toMatch(/^math \d/);
});

test('paid is only the right answer in the one box behind the trace', () => {
  const judge = strictRowsJudge('rows.jsonl');
  const verdict = (completion: string, gold: string) => judge.grade({ prompt: '', gold }, completion)?.verdict;
  expect(judge.verifier).not.toBe(rowsJudge('rows.jsonl').verifier);
  expect(verdict('<think>\nit is 4\n</think>\n\\boxed{4}', '4')).toBe('correct');
  expect(verdict('The answer is 4.', '4')).toBe('unparsed');
  expect(verdict('First \\boxed{4}.\n\nThen \\boxed{4}.', '4')).not.toBe('correct');
  expect(verdict('\\boxed{0.33}', '1/3')).toBe('wrong');
  expect(verdict('\\boxed{5}', '4')).toBe('wrong');
  expect(judge.grade({ prompt: '', gold: null }, '\\boxed{4}')).toBeNull();
});

test.each([
  ['4', true],
  ['so it is \\boxed{\\frac{1}{2}}', true],
  ['...\n#### 42', true],
  ['', false],
  ['   ', false],
])('that %j can be verified: %s', (gold, expected) => expect(isVerifiable(gold)).toBe(expected));
