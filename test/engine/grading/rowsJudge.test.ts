import { expect, test } from 'vitest';
import { rowsJudge } from '../../../src/engine/grading/rowsJudge.ts';

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
