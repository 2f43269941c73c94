import { describe, expect, test } from 'vitest';
import { plainExample } from '../../../src/engine/formats/format.ts';
import { verifiers } from '../../../src/engine/verifiers/index.ts';

const named = (name: string) => {
  const found = verifiers.find((verifier) => verifier.name === name);
  if (!found) throw new Error(`There is no verifier "${name}".`);
  return (completion: string, answer: string | null, isCorrect: boolean | null = null) =>
    found.verify(plainExample('1 + 1', completion, { answer, isCorrect }));
};

describe.each(verifiers.map(({ name }) => [name] as const))('verifier %s', (name) => {
  test('tells right from wrong, and says nothing where the row tells no answer', () => {
    const verify = named(name);
    expect(verify('It is \\boxed{42}.', '42', true)).toBe(true);
    expect(verify('It is \\boxed{43}.', '42', false)).toBe(false);
    expect(verify('It is \\boxed{42}.', null, null)).toBeNull();
  });
});

test('math takes other forms of the same value, answer takes letters', () => {
  const [math, answer] = [named('math'), named('answer')];
  expect([math('\\boxed{1+x}', 'x+1'), answer('\\boxed{1+x}', 'x+1')]).toEqual([true, false]);
  expect([math('\\boxed{\\{2, 1\\}}', '1, 2'), answer('\\boxed{\\{2, 1\\}}', '1, 2')]).toEqual([true, false]);
  expect(math('\\boxed{7}', '\\frac{')).toBeNull();
  expect(math('no answer', '7')).toBe(false);
  expect(math('\\boxed{9^{9^{9^9}}}', '7')).toBe(false);
});
