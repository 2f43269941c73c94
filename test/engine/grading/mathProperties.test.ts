/** Laws of the math verifier on generated answers: what keeps a value is accepted, what changes it is not. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { grade, gradePlainly, reward } from '../../../src/engine/grading/mathVerifier.ts';

/** `npm run prove -- grading` has more of them. */
const runs = { seed: 20261122, numRuns: Number(process.env['VALLEY_LAW_RUNS'] ?? 120) };

const isSame = (gold: string, answer: string): boolean => grade(`\\boxed{${answer}}`, gold).verdict === 'correct';

const whole = fc.integer({ min: -99_999, max: 99_999 });
const positive = fc.integer({ min: 2, max: 9_999 });
const fraction = fc.tuple(whole, positive).map(([n, d]) => `\\frac{${n}}{${d}}`);
const surd = fc.tuple(positive, fc.constantFrom(2, 3, 5, 7)).map(([n, d]) => `${n}\\sqrt{${d}}`);
const decimal = fc.tuple(whole, fc.integer({ min: 1, max: 99 })).map(([n, d]) => `${n}.${String(d).padStart(2, '0')}`);
const constant = fc.oneof(whole.map(String), fraction, surd, decimal);

/** Polynomials and quotients in x and y, written in LaTeX. */
const expression = fc.letrec<{ part: string; sum: string }>((tie) => ({
  part: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constantFrom('x', 'y', '2x', 'x^2', 'xy', '\\sqrt{x}', '\\sin x', 'e^{x}', '3', '\\pi'),
    fc.tuple(tie('sum'), tie('sum')).map(([a, b]) => `\\frac{${a}}{${b}+7}`),
    tie('sum').map((inner) => `(${inner})^2`),
  ),
  sum: fc.tuple(tie('part'), fc.constantFrom('+', '-'), tie('part')).map(([a, sign, b]) => `${a}${sign}${b}`),
})).sum;

const answer = fc.oneof(
  constant,
  expression,
  fc.tuple(constant, constant).map(([a, b]) => `(${a}, ${b})`),
  fc.uniqueArray(whole, { minLength: 1, maxLength: 5 }).map((items) => `\\{${items.join(', ')}\\}`),
  fc.tuple(whole, positive).map(([a, b]) => `[${a}, ${a + b})`),
  whole.map((n) => `x = ${n}`),
);

describe('what keeps the value', () => {
  test('an answer equals itself, and order of the two does not matter', () => {
    fc.assert(
      fc.property(answer, (a) => isSame(a, a)),
      runs,
    );
    fc.assert(
      fc.property(constant, constant, (a, b) => a.includes('.') || b.includes('.') || isSame(a, b) === isSame(b, a)),
      runs,
    );
    fc.assert(
      fc.property(expression, expression, (a, b) => isSame(a, b) === isSame(b, a)),
      runs,
    );
  });

  test('space, commands of size and marks of formulas do not matter', () => {
    const dressed = (a: string): string[] => [
      `  ${a.replaceAll(',', ', ')} `,
      `$${a}$`,
      a
        .replaceAll('\\frac', '\\dfrac')
        .replaceAll('(', '\\left(')
        .replaceAll(')', '\\right)')
        .replaceAll('[', '\\left['),
      `\\displaystyle ${a}`,
      `${a}.`,
    ];
    fc.assert(
      fc.property(answer, (a) => dressed(a).every((form) => isSame(a, form))),
      runs,
    );
  });

  test('a number in its other spellings', () => {
    fc.assert(
      fc.property(whole, positive, fc.integer({ min: 1, max: 50 }), (n, d, k) =>
        [`${n}/${d}`, `\\frac{${n * k}}{${d * k}}`, `${-n}/${-d}`, `\\frac{${-n}}{${-d}}`, `${n}\\div ${d}`].every(
          (form) => isSame(`\\frac{${n}}{${d}}`, form),
        ),
      ),
      runs,
    );
    const spelled = (n: number): string[] => [
      n.toLocaleString('en-US'),
      n.toLocaleString('en-US').replaceAll(',', '{,}'),
      `${n}.0`,
      `${n}.00`,
      `+${n}`.replace('+-', '-'),
      `${n}\\text{ units}`,
      `x = ${n}`,
      Array.from(String(n), (digit) => (digit === '-' ? '−' : String.fromCharCode(0xff10 + Number(digit)))).join(''),
    ];
    fc.assert(
      fc.property(whole, (n) => spelled(n).every((form) => isSame(String(n), form))),
      runs,
    );
  });

  test('sums, products and surds that are worked out otherwise', () => {
    fc.assert(
      fc.property(
        expression,
        expression,
        (a, b) => isSame(`(${a})(${b})`, `(${b})\\cdot(${a})`) && isSame(`${a}+${b}`, `${b}+${a}`),
      ),
      runs,
    );
    fc.assert(
      fc.property(positive, fc.integer({ min: 2, max: 40 }), (n, k) =>
        isSame(`\\sqrt{${n * k * k}}`, `${k}\\sqrt{${n}}`),
      ),
      runs,
    );
  });

  test('sets in any order', () => {
    const shuffled = fc
      .uniqueArray(whole, { minLength: 2, maxLength: 6 })
      .chain((items) => fc.tuple(fc.constant(items), fc.shuffledSubarray(items, { minLength: items.length })));
    fc.assert(
      fc.property(shuffled, ([a, b]) => isSame(`\\{${a.join(', ')}\\}`, b.join(', '))),
      runs,
    );
  });
});

describe('what changes the value', () => {
  test('another digit, another sign, a digit more or less', () => {
    const changed = (text: string, at: number, by: number): string => {
      const places = [...text.matchAll(/\d/g)].map(({ index }) => index);
      const place = places[at % places.length] ?? 0;
      return `${text.slice(0, place)}${(Number(text[place]) + by) % 10}${text.slice(place + 1)}`;
    };
    fc.assert(
      fc.property(fc.oneof(whole.map(String), surd), fc.nat(20), fc.integer({ min: 1, max: 9 }), (a, at, by) => {
        const other = changed(a, at, by);
        return isSame(a, other) === (a.replace(/^(-?)0+(?=\d)/, '$1') === other.replace(/^(-?)0+(?=\d)/, '$1'));
      }),
      runs,
    );
    fc.assert(
      fc.property(fc.oneof(positive.map(String), surd), (a) => !isSame(a, `-${a}`)),
      runs,
    );
    fc.assert(
      fc.property(positive, (n) => !isSame(String(n), `${n}0`) && !isSame(`${n}0`, String(n))),
      runs,
    );
  });

  test('another operator, another power, one summand more', () => {
    const operators = ['+', '-', '\\cdot'] as const;
    fc.assert(
      fc.property(fc.constantFrom(...operators), fc.constantFrom(...operators), positive, (a, b, n) =>
        a === b ? isSame(`x${a}${n}`, `x${b}${n}`) : !isSame(`x${a}${n}`, `x${b}${n}`),
      ),
      runs,
    );
    fc.assert(
      fc.property(expression, (a) => !isSame(a, `${a}+1`) && !isSame(a, `-(${a}) + x^5`)),
      runs,
    );
    fc.assert(
      fc.property(expression, (a) => !isSame(`${a} + z`, `${a} + w`)),
      runs,
    );
  });

  test('another element, order of tuples, ends of intervals', () => {
    fc.assert(
      fc.property(fc.uniqueArray(whole, { minLength: 2, maxLength: 5 }), (items) => {
        const set = `\\{${items.join(', ')}\\}`;
        const [a, b] = items;
        return (
          !isSame(set, `\\{${items.slice(1).join(', ')}\\}`) &&
          !isSame(set, `\\{${items.join(', ')}, 100001\\}`) &&
          !isSame(`(${a}, ${b})`, `(${b}, ${a})`) &&
          !isSame(`(${a}, ${b})`, `\\{${a}, ${b}\\}`) &&
          !isSame(`[${a}, ${b}]`, `[${a}, ${b})`)
        );
      }),
      runs,
    );
  });
});

test('the quick rule never says other than the whole verifier', () => {
  const texts = fc.oneof(
    constant,
    answer,
    fc.tuple(whole, positive).map(([n, d]) => `${n}/${d}`),
  );
  fc.assert(
    fc.property(texts, texts, fc.boolean(), (gold, given, isStrict) => {
      const completion = `\\boxed{${given}}`;
      const quick = gradePlainly(completion, gold, isStrict);
      const slow = (isStrict ? reward : grade)(completion, gold);
      return quick === null || quick.verdict === slow.verdict;
    }),
    runs,
  );
});

test('no text breaks it, and a reward is never given where there is no grade', () => {
  const sign = fc.constantFrom(
    ...'0123456789.,+-*/^_()[]{}\\$|%!=<>:;& xyei'.split(''),
    '\\frac',
    '\\sqrt',
    '\\boxed{',
    '\\text{',
    '½',
    '²',
  );
  const junk = fc.array(sign, { maxLength: 40 }).map((signs) => signs.join(''));
  fc.assert(
    fc.property(junk, junk, (gold, prediction) => {
      const { verdict } = grade(prediction, gold);
      expect(['correct', 'wrong', 'unparsed', 'gold_unparsed', 'timeout']).toContain(verdict);
      return reward(prediction, gold).verdict !== 'correct' || verdict === 'correct';
    }),
    { ...runs, numRuns: 1500 },
  );
});
