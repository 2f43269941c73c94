import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sftConfig, type TaskConfig } from '../../../src/config/schema.ts';
import { taskOf, tasks } from '../../../src/engine/tasks/index.ts';
import { characterTokenizer } from '../../../src/engine/tokenizer/characterTokenizer.ts';

const levels = ['addition-2', 'addition-3', 'addition-4', 'chain-3', 'chain-5', 'mixed-3', 'paper'] as const;
const styles = (['short', 'long'] as const).map((trace) => ({ trace, reflectionRate: 0.7, slipRate: 0.3 }));
const configs = styles.flatMap((style): TaskConfig[] => [
  ...levels.map((level) => ({ name: 'arithmetic' as const, level, ...style })),
  { name: 'repetition', level: '3-7', notesRate: 0.3, ...style },
]);
const numbers = Array.from({ length: 150 }, (_, i) => i);

test('every task of the schema is listed, and its default level is known', () => {
  const { task } = sftConfig.parse({ recipe: 'sft' });
  expect(Object.keys(tasks)).toContain(task.name);
  expect(levels).toContain(task.level);
});

/** The contract of every task, at every level and in every style of trace. */
describe.each(configs)('$name $level $trace', (config) => {
  const task = taskOf(config);
  const tokenizer = characterTokenizer(task.vocabulary);
  const problems = numbers.map((i) => task.problem('heldOut', 7, i));

  test('grades its own completions as right and finds no wrong step in them', () => {
    problems.forEach((problem, i) => {
      const completion = task.completion(problem, 7, i);
      expect(task.grade(problem, completion)).toEqual({ verdict: 'correct', answer: problem.gold });
      const check = task.checkSteps(problem, task.trace(completion));
      expect(check, completion).toMatchObject({ wrong: 0, firstError: null });
      expect(check.count).toBeGreaterThan(0);
    });
  });

  test('grades nonsense, the other answer and the bare prompt as not right', () => {
    for (const problem of problems.slice(0, 20)) {
      for (const nonsense of [
        '',
        'purple',
        '#',
        problem.prompt,
        problem.gold,
        `#${problem.gold}1`,
        `#${problem.gold} no`,
      ])
        expect(task.grade(problem, nonsense).verdict).not.toBe('correct');
    }
  });

  test('a problem depends on split, seed and number alone', () => {
    const again = taskOf(config);
    expect(again.problem('train', 3, 5)).toEqual(task.problem('train', 3, 5));
    expect(numbers.map((i) => task.problem('train', 3, i))).not.toEqual(
      numbers.map((i) => task.problem('train', 4, i)),
    );
    const problem = task.problem('train', 3, 5);
    expect(again.completion(problem, 3, 5)).toBe(task.completion(problem, 3, 5));
  });

  test('never shows a held-out problem in training, whatever the seeds', () => {
    const seen = new Set([1, 2, 3].flatMap((seed) => numbers.map((i) => task.problem('train', seed, i).prompt)));
    for (const seed of [1, 2, 1234])
      for (const i of numbers) expect(seen).not.toContain(task.problem('heldOut', seed, i).prompt);
  });

  test('reads its own prompts back, and only those', () => {
    for (const problem of problems.slice(0, 20)) expect(task.parse(problem.prompt)).toEqual(problem);
    for (const other of ['', '=', '12=', '1+=', '1+2', '1/0=', 'What is 1+2?', '1+2=3=', '0:1+2?', '3:1+2!'])
      expect(task.parse(other)).toBeNull();
  });

  test('writes only what its vocabulary holds, reflection words as single tokens', () => {
    problems.forEach((problem, i) => {
      const note = task.note?.(problem, 7, i);
      const text = problem.prompt + task.completion(problem, 7, i) + (note ? note.prompt + note.completion : '');
      expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
    });
    for (const word of task.vocabulary.words) expect(tokenizer.encode(word)).toHaveLength(1);
  });

  test('checks any garbage without an exception, and never more wrong steps than steps', () => {
    const pieces = fc.constantFrom(
      '1',
      '23',
      '+',
      '-',
      '*',
      '/',
      '=',
      '(',
      ')',
      '\n',
      ' ',
      'Wait',
      'no',
      '#',
      'x',
      '٣',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 60 }), (garbage) => {
        const { count, wrong, firstError } = task.checkSteps(problems[0] ?? null, garbage.join(''));
        expect(wrong).toBeLessThanOrEqual(count);
        expect(firstError === null).toBe(wrong === 0);
        if (firstError !== null) expect(firstError).toBeLessThan(count);
      }),
    );
  });
});
