import { expect, test } from 'vitest';
import { exampleLengths } from '../../src/config/lengths.ts';
import { sftConfig, type TaskConfig } from '../../src/config/schema.ts';
import { taskOf } from '../../src/engine/tasks/index.ts';
import { characterTokenizer } from '../../src/engine/tokenizer/characterTokenizer.ts';

const levels = ['addition-2', 'addition-3', 'addition-4', 'chain-3', 'chain-5', 'mixed-3', 'paper'] as const;
const styles: Partial<TaskConfig>[] = [{ trace: 'short' }, { trace: 'long' }, { trace: 'long', slipRate: 1 }];
const tasks = [...levels.map((level) => ({ name: 'arithmetic', level })), { name: 'repetition', level: '3-7' }];
const cases = tasks.flatMap((task) => styles.map((style) => ({ ...task, ...style })));

test.each(cases)('the lengths of $level, $trace, $slipRate are those of the engine', (wish) => {
  const config = sftConfig.parse({ recipe: 'sft', task: wish }).task;
  const task = taskOf(config);
  const tokenizer = characterTokenizer(task.vocabulary);
  const problems = Array.from({ length: 200 }, (_, index) => task.problem('train', 3, index));
  const lengths = problems.map((problem, index) => tokenizer.encode(task.completion(problem, 3, index)).length + 1);
  const { prompt, usual, longest, eighth, middle } = exampleLengths(config);
  const whole = problems.map(({ prompt: text }, i) => tokenizer.encode(text).length + (lengths[i] ?? 0) - 1);
  const shareUpTo = (length: number): number => whole.filter((each) => each <= length).length / whole.length;
  expect(shareUpTo(eighth)).toBeGreaterThanOrEqual(0.07);
  expect(shareUpTo(eighth - 1)).toBeLessThanOrEqual(0.18);
  expect(shareUpTo(middle)).toBeGreaterThanOrEqual(0.4);
  expect(shareUpTo(middle - 1)).toBeLessThanOrEqual(0.6);
  expect(Math.max(...problems.map((problem) => tokenizer.encode(problem.prompt).length))).toBeLessThanOrEqual(prompt);
  expect(lengths.filter((length) => length > usual).length).toBeLessThanOrEqual(8);
  expect(Math.max(...lengths)).toBeGreaterThan(usual / 2);
  expect(longest).toBeGreaterThanOrEqual(usual);
});
