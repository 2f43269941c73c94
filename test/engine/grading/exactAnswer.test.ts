import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { gradeExactly, splitAnswer } from '../../../src/engine/grading/exactAnswer.ts';
import { combine, equal, parseRational } from '../../../src/engine/grading/rational.ts';

describe('gradeExactly', () => {
  test.each([
    ['#12', 'correct', '12'],
    ['7+5=12\n#12', 'correct', '12'],
    ['so # 012 \n', 'correct', '012'],
    ['#12.0', 'correct', '12.0'],
    ['#24/2', 'correct', '24/2'],
    ['#3\n#12', 'correct', '12'],
    ['#12\n#3', 'wrong', '3'],
    ['#-12', 'wrong', '-12'],
    ['#1200000000000000000000000000000001', 'wrong', '1200000000000000000000000000000001'],
    ['12', 'unparsed', null],
    ['', 'unparsed', null],
    ['#', 'unparsed', null],
    ['#12 or 13', 'unparsed', null],
    ['#12/0', 'unparsed', null],
    ['#1e1', 'unparsed', null],
    ['#--12', 'unparsed', null],
    [`#${'9'.repeat(1000)}`, 'unparsed', null],
    ['#٣', 'unparsed', null],
  ])('%j against 12 is %s', (text, verdict, answer) => {
    expect(gradeExactly(text, '12')).toEqual({ verdict, answer });
  });

  test('is exact where floating point is not', () => {
    expect(gradeExactly('#9007199254740993', '9007199254740992').verdict).toBe('wrong');
    expect(gradeExactly('#0.3333333333333333', '1/3').verdict).toBe('wrong');
    expect(gradeExactly('#2/6', '1/3').verdict).toBe('correct');
  });

  test('refuses a right answer that is no number', () => {
    expect(() => gradeExactly('#1', 'one')).toThrow('"one" is not a number');
  });

  test('the trace is what stands before the answer', () => {
    expect(splitAnswer('7+5=12\n#12')).toEqual({ trace: '7+5=12', answer: '12' });
    expect(splitAnswer('7+5=')).toEqual({ trace: '7+5=', answer: null });
  });
});

test('fractions obey the laws of a field', () => {
  const fraction = fc
    .tuple(fc.bigInt({ min: -999n, max: 999n }), fc.bigInt({ min: 1n, max: 99n }))
    .map(([n, d]) => parseRational(`${n}/${d}`)!);
  fc.assert(
    fc.property(fraction, fraction, fraction, (a, b, c) => {
      const sum = combine('+', a, b)!;
      expect(equal(combine('-', sum, b)!, a)).toBe(true);
      expect(equal(combine('*', sum, c)!, combine('+', combine('*', a, c)!, combine('*', b, c)!)!)).toBe(true);
      const quotient = combine('/', a, b);
      if (b.numerator === 0n) expect(quotient).toBeNull();
      else expect(equal(combine('*', quotient!, b)!, a)).toBe(true);
    }),
  );
});
