import { expect, test } from 'vitest';
import { finalAnswer, markedAnswer } from '../../../src/engine/grading/finalAnswer.ts';
import { grade, reward } from '../../../src/engine/grading/mathVerifier.ts';

test.each([
  ['\\boxed{7}', 'box', '7'],
  ['\\boxed{1} and then \\boxed{\\frac{1}{2}}', 'box', '\\frac{1}{2}'],
  ['\\boxed{3}, \\boxed{4}', 'box', '3, 4'],
  ['\\fbox{7}', 'box', '7'],
  ['\\boxed 7 is it', 'box', '7'],
  ['\\boxed{\\boxed{7}}', 'box', '{7}'],
  ['a set \\{ and \\boxed{\\{1, 2\\}}', 'box', '\\{1, 2\\}'],
  ['#### 5\n\\boxed{7}', 'box', '7'],
  ['the answer is 5. <answer> 7 </answer>', 'tag', '7'],
  ['so 5\n#### 7\n', 'hashes', '7'],
  ['**Final Answer:** $7$', 'phrase', '7'],
  ['The correct answer is: 7.5 apples. Good.', 'phrase', '7.5 apples'],
  ['The answer is\n\n\\[ x = 7 \\]', 'phrase', 'x = 7'],
  ['The answer is 5. No, the answer is 7.', 'phrase', '7'],
  ['<think>\\boxed{5}</think> 7', 'line', '7'],
  ['First we add.\nThen we stop.\n$$7$$', 'line', '7'],
])('%j is marked by %s as %j', (completion, mark, text) => {
  expect(markedAnswer(completion)).toMatchObject({ mark, text });
});

test.each([
  ['\\boxed{7} and \\boxed{8'],
  ['<think>\\boxed{7}'],
  ['<think>7</think>'],
  ['We first look at 7 cases and then go on to count'],
  ['line one\nline 7 of a proof'],
  [''],
])('%j marks no answer', (completion) => {
  expect(markedAnswer(completion)).toBeNull();
  expect(finalAnswer(completion)).toBeNull();
});

/** Texts that are written to be paid: what `reward` must not give, whatever `grade` says. */
test.each([
  ['many boxes', '\\boxed{5} \\boxed{6} \\boxed{7}'],
  ['a list of answers', '\\boxed{7, 8}'],
  ['all choices', '\\boxed{5 \\text{ or } 6 \\text{ or } 7}'],
  ['the answer in the chain of thought only', '<think>It is \\boxed{7}.</think> I am done.'],
  ['a chain of thought without end', '<think>It is \\boxed{7}.'],
  ['no end of the box', '\\boxed{7'],
  ['an empty box', 'It is 7. \\boxed{}'],
  ['the gold as a phrase, then another', 'The answer is 7. \\boxed{8}'],
  ['no box', 'The answer is 7.'],
  ['a bare number', '7'],
  ['an equation that says nothing', '\\boxed{7 = 8}'],
  ['an inequality that holds', '\\boxed{x > 6}'],
  ['a rounded value', '\\boxed{7.0000001}'],
  ['words around it', '\\boxed{\\text{7 or something else}}'],
  ['the box twice', '\\boxed{7} or rather \\boxed{7}'],
  ['structure without content', '<think></think>\\boxed{\\boxed{}}'],
])('%s earns no reward', (_, completion) => {
  expect(reward(completion, '7').verdict).not.toBe('correct');
});

test('one box behind the chain of thought earns it', () => {
  expect(reward('<think>6? \\boxed{6}</think>So it is $\\boxed{7}$.', '7').verdict).toBe('correct');
  expect(reward('\\boxed{\\frac{14}{2}}', '7').verdict).toBe('correct');
});

test('a rounded decimal is graded, but not rewarded', () => {
  expect(grade('\\boxed{0.333333}', '\\frac13')).toMatchObject({ verdict: 'correct', rule: 'rounded' });
  expect(reward('\\boxed{0.333333}', '\\frac13').verdict).toBe('wrong');
});
