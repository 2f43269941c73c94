import { describe, expect, test } from 'vitest';
import { analyseEvaluation } from '../../../src/engine/analysis/analyseEvaluation.ts';
import type { Answer } from '../../../src/engine/analysis/answers.ts';
import { loopsIn } from '../../../src/engine/analysis/loops/loops.ts';
import { repeatsIn } from '../../../src/engine/analysis/loops/suffixAutomaton.ts';
import { survivalOf } from '../../../src/engine/analysis/survival.ts';
import { Draws } from '../../../src/engine/random/draws.ts';
import { randomSource } from '../../../src/engine/random/randomSource.ts';

const answer = (given: Partial<Answer>): Answer => ({
  ...{ text: '12 + 7 = 19\n#19', answer: '19', verdict: 'correct', finishReason: 'stop', tokens: 10 },
  ...given,
});

const LOOP = 'I look at it from the other side, and then I see that it is the same. '.repeat(20);

describe('an evaluation', () => {
  const answers: Answer[][] = [
    [answer({}), answer({ text: 'Wait, let me double-check: 12 + 7 = 19.', tokens: 30 })],
    [answer({ verdict: 'wrong', text: '12 + 7 = 18. 18 + 1 = 19.', tokens: 20 }), answer({ tokens: 12 })],
    [
      answer({ verdict: 'unparsed', answer: null, finishReason: 'length', text: 'We think about it', tokens: 100 }),
      answer({ verdict: 'wrong', finishReason: 'length', text: 'The answer is 7. And now', tokens: 100 }),
    ],
    [
      answer({ verdict: 'unparsed', answer: null, finishReason: 'length', text: LOOP, tokens: 100 }),
      answer({ text: 'Let me recheck. 3 + 4 = 8. Wait, 3 + 4 = 7.', tokens: 28 }),
    ],
  ];
  const analysis = analyseEvaluation(answers);

  test('lengths, by correctness, and what a token earns', () => {
    const { all, correct, wrong, accuracy, tokenEfficiency } = analysis.lengths;
    expect([all.count, correct.count, wrong.count]).toEqual([8, 4, 4]);
    expect([all, correct, wrong].map(({ mean }) => mean?.value)).toEqual([50, 20, 80]);
    expect(all.statistics).toMatchObject({ median: 30, longest: 100 });
    expect(accuracy.value).toBe(0.5);
    expect(tokenEfficiency?.value).toBe(10);
  });

  test('endings make one whole, and a loop is told from work that was cut', () => {
    const { finished, looping, unterminated, truncated, noAnswer, accuracyFinished, loops } = analysis.endings;
    expect([finished, looping, unterminated, truncated].map(({ value }) => value)).toEqual([
      5 / 8,
      1 / 8,
      1 / 8,
      1 / 8,
    ]);
    expect(noAnswer.value).toBe(0.25);
    expect(accuracyFinished?.value).toBe(0.8);
    expect(loops).toEqual({ period: 1, ngrams: 1, passage: 1 });
  });

  test('reflection, with the lengths of both sides', () => {
    const { ratio, withReflection, without } = analysis.reflection;
    expect(ratio.value).toBe(0.25);
    expect([withReflection.meanLength?.value, without.meanLength?.value]).toEqual([29, 57]);
    expect([withReflection.accuracy?.value, without.accuracy?.value]).toEqual([1, 1 / 3]);
  });

  test('errors: how many, which were repaired, and how long traces stay right', () => {
    const { steps, wrong, repaired, broken, checked, errorRate, first, standing, ...sides } = analysis.errors;
    expect({ steps, wrong, repaired, broken, checked }).toEqual({
      steps: 7,
      wrong: 2,
      repaired: 1,
      broken: 0,
      checked: 5,
    });
    expect(errorRate?.value).toBeCloseTo(2 / 7, 12);
    expect(first.curve).toEqual([{ step: 1, atRisk: 5, failed: 2, censored: 3, alive: 0.6 }]);
    expect(standing.curve.map(({ alive }) => alive)).toEqual([0.8, 0.8]);
    expect(standing.stepError?.value).toBeCloseTo(1 / 6, 12);
    expect([sides.accuracyWithStanding?.value, sides.accuracyWithout?.value]).toEqual([0, 1]);
  });
});

describe('survival', () => {
  /** Traces that fail at each step with one chance, and end by another. */
  function courses(chance: number, count: number) {
    const draws = new Draws(randomSource(5, 'courses'));
    return Array.from({ length: count }, () => {
      const steps = draws.integer(1, 30);
      const failedAt = Array.from({ length: steps }, () => draws.chance(chance)).indexOf(true);
      return [{ steps, failedAt: failedAt < 0 ? null : failedAt }];
    });
  }

  test('one error for all steps is found again, within its interval, though most traces end early', () => {
    const { stepError, curve } = survivalOf(courses(0.05, 2000));
    expect(stepError?.value).toBeCloseTo(0.05, 2);
    const [low, high] = stepError?.interval ?? [1, 0];
    expect(low < 0.05 && 0.05 < high).toBe(true);
    for (const { step, alive } of curve.slice(0, 20)) expect(Math.abs(alive - 0.95 ** step)).toBeLessThan(0.03);
  });

  test('everybody at risk fails, ends, or is at risk at the next step', () => {
    const { curve } = survivalOf(courses(0.1, 300));
    curve.forEach(({ atRisk, failed, censored }, at) =>
      expect(curve[at + 1]?.atRisk ?? 0).toBe(atRisk - failed - censored),
    );
  });

  test('no steps, no estimate', () => {
    expect(survivalOf([[{ steps: 0, failedAt: null }]])).toEqual({ meanPosition: null, curve: [], stepError: null });
  });
});

test('the automaton counts every substring as a search does', () => {
  const draws = new Draws(randomSource(1, 'automaton'));
  const symbols = Array.from({ length: 200 }, () => draws.integer(0, 2));
  const text = symbols.join('');
  const occurrences = (piece: string): number[] =>
    symbols.flatMap((_, at) => (text.startsWith(piece, at) ? [at + piece.length] : []));
  const repeats = repeatsIn(symbols);
  expect(repeats.length).toBeGreaterThan(100);
  for (const { length, count, firstEnd, lastEnd } of repeats) {
    const ends = occurrences(text.slice(firstEnd - length, firstEnd));
    expect([ends.length, ends[0], ends.at(-1)]).toEqual([count, firstEnd, lastEnd]);
  }
});

test('rules and tables are no loops, however long their lines', () => {
  const rows = Array.from(
    { length: 30 },
    (_, n) => `| ${n} | ${n * n} | n to the power of two, row ${n} |\n|${'-'.repeat(40)}|\n`,
  );
  expect(loopsIn(`${'='.repeat(200)}\n${rows.join('')}The end of the table.`)).toEqual([]);
  expect(loopsIn(LOOP)).toEqual(['period', 'ngrams', 'passage']);
});
