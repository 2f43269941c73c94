import { describe, expect, test } from 'vitest';
import type { Completion } from '../../../src/protocol/events.ts';
import { benchmarkScores } from '../../../src/engine/stats/benchmarkScores.ts';
import { isLooping } from '../../../src/engine/stats/looping.ts';
import { shareInterval } from '../../../src/engine/stats/shareInterval.ts';

const completion = (more: Partial<Completion>): Completion => ({
  ...{ id: '0-evaluation-0', step: 0, prompt: '3+4=', text: '7', trace: '', answer: '7', gold: '7' },
  ...{ verdict: 'correct', finishReason: 'stop', tokens: 10, seed: 1, temperature: 0.6 },
  ...{ meanLogProbability: null, steps: null },
  ...more,
});
const right = completion({});
const wrong = completion({ answer: '8', verdict: 'wrong', tokens: 20 });
const cut = completion({
  answer: null,
  verdict: 'unparsed',
  finishReason: 'length',
  tokens: 60,
  text: 'wait, '.repeat(20),
});
const scores = (answers: Completion[][], k: number) =>
  Object.fromEntries(benchmarkScores(answers, k).map((score) => [score.name, score]));

describe('benchmarkScores', () => {
  const told = scores(
    [
      [right, right, wrong, cut],
      [wrong, wrong, right, cut],
      [cut, cut, cut, cut],
      [right, wrong, right, wrong],
    ],
    4,
  );

  test('by hand', () => {
    expect(told['accuracy']).toMatchObject({ value: 5 / 16, n: 4, k: 4 });
    expect(told['pass@4']).toMatchObject({ value: 3 / 4 });
    // Votes: 7 wins; 8 wins; nobody; a tie of 7 and 8.
    expect(told['maj@4']?.value).toBeCloseTo(1.5 / 4, 12);
    expect(told['completions/mean_length']?.value).toBe((5 * 10 + 5 * 20 + 6 * 60) / 16);
    expect(told['token_efficiency']?.value).toBeCloseTo((5 / 510) * 1000, 10);
    expect(told['completions/clipped_ratio']?.value).toBe(6 / 16);
    expect(told['looping']?.value).toBe(6 / 16);
    expect(told['unparsed']?.value).toBe(6 / 16);
    expect(told['accuracy_finished']?.value).toBe(0.5);
    expect(told['wrong_steps']).toBeUndefined();
  });

  test('traces that never end, and answers that nobody could grade', () => {
    const open = completion({ isTraceOpen: true, answer: null, verdict: 'unparsed' });
    const late = completion({ isGivenUp: true, answer: null, verdict: 'unparsed' });
    const found = scores(
      [
        [right, open],
        [open, late],
        [right, wrong],
      ],
      2,
    );
    expect([found['unterminated']?.value, found['given_up']?.value, found['unparsed']?.value]).toEqual([
      2 / 6,
      1 / 6,
      3 / 6,
    ]);
    expect(told['given_up']).toBeUndefined();
  });

  test('each has an interval that holds its value and has a width', () => {
    for (const { value, interval, unit } of Object.values(told)) {
      expect(interval![0]).toBeLessThanOrEqual(value);
      expect(interval![1]).toBeGreaterThanOrEqual(value);
      expect(interval![1] - interval![0]).toBeGreaterThan(0);
      if (unit === 'share') expect(interval![1]).toBeLessThanOrEqual(1);
    }
    expect(told['pass@4']?.interval).toEqual(shareInterval(3, 4));
  });

  test('k = 1 has neither pass@k nor maj@k; where nothing is finished, nothing is said of what is', () => {
    expect(benchmarkScores([[cut], [cut]], 1).map(({ name }) => name)).toEqual([
      'accuracy',
      'completions/mean_length',
      'token_efficiency',
      'completions/clipped_ratio',
      'unterminated',
      'looping',
      'unparsed',
    ]);
  });
});

describe('isLooping', () => {
  test.each([
    ['so it is 12. So it is 13. Then we add 4 and get 17, which is prime, so the answer must be 17 after all.', false],
    ['Let me check that again. '.repeat(3), false],
    [`First, ${'let me check that again. '.repeat(20)}`, true],
    ['1'.repeat(80), true],
    ['1+1=2, '.repeat(5), false],
    ['', false],
  ])('%s', (text, loops) => {
    expect(isLooping(text)).toBe(loops);
  });
});
