import { describe, expect, test } from 'vitest';
import { hashText } from '../../../src/engine/random/randomSource.ts';
import type { RepetitionConfig } from '../../../src/config/taskSchema.ts';
import { taskOf } from '../../../src/engine/tasks/index.ts';

const config: RepetitionConfig = {
  ...({ name: 'repetition', level: '3-7', trace: 'short', reflectionRate: 1, slipRate: 0, notesRate: 0 } as const),
};
const numbers = Array.from({ length: 1000 }, (_, i) => i);
const written = (prompt: string, changes: Partial<RepetitionConfig> = {}): string => {
  const task = taskOf({ ...config, ...changes });
  return task.completion(task.parse(prompt)!, 1, 0);
};

test('problems repeat one operation 3 to 7 times, within 0 to 99, as often up as down', () => {
  const task = taskOf(config);
  const drawn = numbers.map((i) => task.problem('train', 1, i));
  for (const { prompt, gold } of drawn) {
    const [, times, value, operator, operand] = /^(\d):(\d+)([+-])(\d)\?$/.exec(prompt)!;
    const change = Number(times) * Number(operand) * (operator === '+' ? 1 : -1);
    expect(Number(gold)).toBe(Number(value) + change);
    for (const end of [Number(value), Number(gold)]) expect(end >= 0 && end <= 99).toBe(true);
    expect(Number(times) >= 3 && Number(times) <= 7 && Number(operand) >= 1).toBe(true);
  }
  expect(drawn.filter(({ prompt }) => prompt.includes('+')).length / 1000).toBeCloseTo(0.5, 1);
});

test('short and long traces count down; long ones undo each step from its result', () => {
  expect(written('3:63+7?')).toBe('3:63+7=70\n2:70+7=77\n1:77+7=84\n#84');
  expect(written('3:63-7?', { trace: 'long' })).toBe(
    'Okay\n3:63-7=56\nWait 56+7=63 ok\n2:56-7=49\nWait 49+7=56 ok\n1:49-7=42\nWait 42+7=49 ok\nso #42',
  );
  expect(written('3:63-7?', { trace: 'long', reflectionRate: 0 })).toBe(
    'Okay\n3:63-7=56\n2:56-7=49\n1:49-7=42\nso #42',
  );
});

test('at slip rate 1 each step is first written wrong, seen and redone', () => {
  const [first = '', check = '', redone = ''] = written('3:63+7?', { trace: 'long', slipRate: 1 }).split('\n').slice(1);
  const wrong = /^3:63\+7=(\d+)$/.exec(first)?.[1];
  expect(wrong).not.toBe('70');
  expect(check).toBe(`Wait ${wrong}-7=${Number(wrong) - 7} no redo`);
  expect(redone).toBe('3:63+7=70');
});

test('notes are as frequent as asked for, have no answer, and are never about a held-out problem', () => {
  const task = taskOf({ ...config, notesRate: 0.25 });
  const notes = numbers.flatMap((i) => task.note?.(task.problem('train', 1, i), 1, i) ?? []);
  expect(notes.length / 1000).toBeCloseTo(0.25, 1);
  const heldOut = new Set(
    Array.from({ length: 5000 }, (_, i) => task.problem('heldOut', 1, i).prompt.replace('?', '!')),
  );
  for (const { prompt, completion } of notes) {
    expect(prompt).toMatch(/^[1-7]:\d+[+-]\d!$/);
    expect(heldOut).not.toContain(prompt);
    expect(hashText(`split ${prompt.replace('!', '?')}`) % 8).not.toBe(0);
    expect(completion).not.toContain('#');
  }
  expect(taskOf(config).note?.(task.problem('train', 1, 0), 1, 0)).toBeNull();
});

describe('checked steps', () => {
  const task = taskOf(config);
  const problem = task.parse('3:63+7?')!;
  test.each([
    ['right', '3:63+7=70\n2:70+7=77\n1:77+7=84', 3, 0, null],
    ['a false sum', '3:63+7=71\n2:71+7=78\n1:78+7=85', 3, 1, 0],
    ['a count that does not go down', '3:63+7=70\n3:70+7=77', 2, 1, 1],
    ['a misread start', '3:64+7=71', 1, 1, 0],
    ['another operand', '3:63+7=70\n2:70+8=78', 2, 1, 1],
    ['a value that is not the last result', '3:63+7=70\n2:71+7=78', 2, 1, 1],
    ['a slip taken back', '3:63+7=71\nWait 71-7=64 no redo\n3:63+7=70\nWait 70-7=63 ok', 4, 0, null],
    ['a slip that was seen and left', '3:63+7=71\nWait 71-7=64 ok\n2:71+7=78', 3, 1, 0],
    ['a false check', '3:63+7=70\nWait 70-7=62 ok', 2, 1, 1],
  ])('%s', (_, trace, count, wrong, firstError) => {
    expect(task.checkSteps(problem, trace)).toEqual({ count, wrong, firstError });
  });
});
