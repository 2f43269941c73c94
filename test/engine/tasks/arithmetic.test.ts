import { describe, expect, test } from 'vitest';
import type { ArithmeticConfig } from '../../../src/config/taskSchema.ts';
import { computationOf } from '../../../src/engine/tasks/arithmeticComputation.ts';
import { evaluate, type Expression, parseExpression, render } from '../../../src/engine/tasks/arithmeticExpression.ts';
import { drawExpression } from '../../../src/engine/tasks/arithmeticProblems.ts';
import { checkSteps } from '../../../src/engine/tasks/arithmeticSteps.ts';
import { taskOf } from '../../../src/engine/tasks/index.ts';
import { Draws } from '../../../src/engine/random/draws.ts';
import { randomSource } from '../../../src/engine/random/randomSource.ts';

const config: ArithmeticConfig = {
  name: 'arithmetic',
  level: 'addition-3',
  trace: 'short',
  reflectionRate: 1,
  slipRate: 0,
};
const valueOf = (text: string): string => {
  const value = evaluate(parseExpression(text)!)!;
  return value.denominator === 1n ? `${value.numerator}` : `${value.numerator}/${value.denominator}`;
};
const draw = (level: ArithmeticConfig['level'], count: number): string[] => {
  const draws = new Draws(randomSource(1, 'test'));
  return Array.from({ length: count }, () => drawExpression(level, draws));
};
const operations = (text: string): number => (text.match(/[+\-*/]/g) ?? []).length;

describe('expressions', () => {
  // The two examples that the paper prints (figures 5 and 6), and the laws of reading.
  test.each([
    ['93/3+77+(12-32)-11+61*78+44*39+55', '6606'],
    ['(14*21*38+32+23+31+3)-11+59+71+60', '11440'],
    ['2+3*4', '14'],
    ['20-3-4', '13'],
    ['100/10/5', '2'],
    ['2*(3+4)', '14'],
    ['-3+5', '2'],
    ['5+(-3)', '2'],
    ['1/3', '1/3'],
  ])('%s is %s', (text, value) => {
    expect(valueOf(text)).toBe(value);
  });

  test.each(['', '1+', '(1', '1)', '1 2', '1//2', 'x', '٣', `${'('.repeat(60)}1${')'.repeat(60)}`, '9'.repeat(50)])(
    '%s is no expression',
    (text) => expect(parseExpression(text)).toBeNull(),
  );

  test('rendering keeps tree and value', () => {
    for (const text of draw('paper', 200)) {
      const tree = parseExpression(text)!;
      expect(parseExpression(render(tree))).toEqual(tree);
    }
    expect(render(parseExpression('(1+2)*3-(4-(-5))')!)).toBe('(1+2)*3-(4-(-5))');
  });

  test('a division by zero has no value', () => {
    expect(evaluate(parseExpression('1/(2-2)')!)).toBeNull();
  });
});

describe('problems of the paper level', () => {
  const drawn = draw('paper', 3000);
  const plainOperands = drawn.flatMap((text) => [...text.matchAll(/(?<![/\d])\d+/g)].map(Number));

  test('have 5 to 15 operations, each number about equally often', () => {
    const counts = new Map<number, number>();
    for (const text of drawn) counts.set(operations(text), (counts.get(operations(text)) ?? 0) + 1);
    expect([...counts.keys()].sort((a, b) => a - b)).toEqual([5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
    for (const [, count] of counts) expect(Math.abs(count / 3000 - 1 / 11)).toBeLessThan(0.035);
  });

  test('have operands of 1 to 100 and all four operators and parentheses', () => {
    const operands = drawn.flatMap((text) => [...text.matchAll(/\d+/g)].map(Number));
    expect(Math.min(...operands)).toBe(1);
    expect(Math.max(...operands)).toBe(100);
    const mean = plainOperands.reduce((a, b) => a + b, 0) / plainOperands.length;
    expect(mean).toBeGreaterThan(45);
    expect(mean).toBeLessThan(53);
    for (const sign of ['+', '-', '*', '/', '('])
      expect(drawn.filter((text) => text.includes(sign)).length / 3000, sign).toBeGreaterThan(0.5);
  });
});

const everyNode = (tree: Expression): Expression[] =>
  tree.kind === 'number' ? [tree] : [tree, ...everyNode(tree.left), ...everyNode(tree.right)];

test.each(['addition-2', 'addition-3', 'addition-4', 'chain-3', 'chain-5', 'mixed-3', 'paper'] as const)(
  '%s: every intermediate result is an integer within its range',
  (level) => {
    const largest = level === 'paper' ? 999_999 : level === 'mixed-3' ? 999 : level.startsWith('chain') ? 99 : 19_998;
    for (const text of draw(level, 500)) {
      for (const node of everyNode(parseExpression(text)!)) {
        const value = evaluate(node)!;
        expect(value.denominator, text).toBe(1n);
        expect(Math.abs(Number(value.numerator)), text).toBeLessThanOrEqual(largest);
      }
    }
  },
);

test('a chain has as many operations as its name says', () => {
  expect(new Set(draw('chain-3', 200).map(operations))).toEqual(new Set([3]));
  expect(new Set(draw('chain-5', 200).map(operations))).toEqual(new Set([5]));
  expect(new Set(draw('mixed-3', 200).map(operations))).toEqual(new Set([1, 2, 3]));
});

describe('written traces', () => {
  const written = (prompt: string, changes: Partial<ArithmeticConfig> = {}): string => {
    const task = taskOf({ ...config, ...changes });
    return task.completion(task.parse(prompt)!, 1, 0);
  };

  test('short: sums digit by digit with carries, all else one operation per line', () => {
    expect(written('987+45=')).toBe('7+5+0=12\n8+4+1=13\n9+0+1=10\n#1032');
    expect(written('93/3+(12-32)*2=')).toBe('93/3=31\n12-32=-20\n-20*2=-40\n31+(-40)=-9\n#-9');
  });

  test('long: every step is checked at rate 1, none at rate 0', () => {
    expect(written('98+5=', { trace: 'long', slipRate: 0 })).toBe(
      'Okay\n8+5+0=13\nWait check 13-0-5=8 ok\n9+0+1=10\nWait check 10-1-0=9 ok\nso #103',
    );
    expect(written('98+5=', { trace: 'long', slipRate: 0, reflectionRate: 0 })).toBe(
      'Okay\n8+5+0=13\n9+0+1=10\nso #103',
    );
  });

  test('long: at slip rate 1 every step is first written wrong, seen and redone', () => {
    const text = written('8+9=', { trace: 'long', slipRate: 1 });
    expect(text).toMatch(
      /^Okay\n8\+9\+0=\d+\nWait check \d+-0-9=-?\d+ no redo\n8\+9\+0=17\nWait check 17-0-9=8 ok\nso #17$/,
    );
    expect(text).not.toMatch(/^Okay\n8\+9\+0=17/);
  });

  test('long: rates are rates', () => {
    const task = taskOf({ ...config, level: 'paper', trace: 'long', reflectionRate: 0.5, slipRate: 0.1 });
    const texts = Array.from({ length: 200 }, (_, i) => task.completion(task.problem('train', 1, i), 1, i));
    const count = (pattern: RegExp): number => texts.reduce((sum, text) => sum + (text.match(pattern) ?? []).length, 0);
    const steps = count(/^[^W\n]*=/gm) - count(/redo/g);
    expect(count(/ ok/g) / steps).toBeCloseTo(0.5, 1);
    expect(count(/redo/g) / steps).toBeCloseTo(0.1, 1);
  });
});

describe('checkSteps', () => {
  const sum = computationOf('987+45');
  test.each([
    ['right', '7+5+0=12\n8+4+1=13\n9+0+1=10', 3, 0, null],
    ['a false equation', '7+5+0=12\n8+4+1=14\n9+0+1=10', 3, 1, 1],
    ['a lost carry', '7+5+0=12\n8+4+0=12\n9+0+1=10', 3, 1, 1],
    ['a misread digit', '7+4+0=11\n', 1, 0, null],
    ['a digit misread later', '7+5+0=12\n6+4+1=11', 2, 1, 1],
    ['a carry that follows from a wrong sum', '7+5+0=8\n8+4+0=12\n9+0+1=10', 3, 1, 0],
    ['a step said twice', '7+5+0=12\n7+5+0=12\n8+4+1=13', 3, 0, null],
    ['a slip taken back', '7+5+0=13\nWait check 13-0-5=8 no redo\n7+5+0=12\n8+4+1=13', 4, 0, null],
    ['a slip let stand', '7+5+0=13\nWait check 13-0-5=7 ok\n8+4+1=13', 3, 2, 0],
    ['a wrong doubt', '7+5+0=12\nWait check 12-0-5=9 no redo\n7+5+0=12', 3, 1, 1],
    ['malformed steps', '7+5+0=\n=12\n7+=1', 3, 3, 0],
    ['a division by zero', '7/0=7', 1, 1, 0],
    ['a chain of equations', '7+5+0=12=11+1', 1, 0, null],
    ['a chain that breaks', '7+5=12+8=20', 1, 1, 0],
    ['a foreign way', '987+45=1032', 1, 0, null],
    ['prose', 'I think it is a thousand', 0, 0, null],
    ['nothing', '', 0, 0, null],
  ])('%s', (_, trace, count, wrong, firstError) => {
    expect(checkSteps(sum, trace)).toEqual({ count, wrong, firstError });
  });

  test('without a problem each equation stands for itself', () => {
    expect(checkSteps(null, '1+1=2 and 2*3=7')).toEqual({ count: 2, wrong: 1, firstError: 1 });
  });

  test('follows reductions in the order of the writer', () => {
    const mixed = computationOf('2*3+(4-9)');
    expect(checkSteps(mixed, '2*3=6\n4-9=-5\n6+(-5)=1')).toMatchObject({ count: 3, wrong: 0 });
    expect(checkSteps(mixed, '2*3=6\n6+4=10')).toMatchObject({ wrong: 1, firstError: 1 });
  });
});
