import { describe, expect, test } from 'vitest';
import { calculationsIn } from '../../../src/engine/analysis/calculations/calculations.ts';
import { endingOf } from '../../../src/engine/analysis/endings.ts';
import { loopsIn } from '../../../src/engine/analysis/loops/loops.ts';
import { reflectionsIn } from '../../../src/engine/analysis/reflections.ts';
import { traceSteps } from '../../../src/engine/analysis/traceSteps.ts';
import { Draws } from '../../../src/engine/random/draws.ts';
import { randomSource } from '../../../src/engine/random/randomSource.ts';
import { Counted } from '../../support/planted/counted.ts';
import { DEVELOPED, HELD_BACK, type Pool } from '../../support/planted/phrases.ts';
import { plantedTrace, type Span } from '../../support/planted/plantedTraces.ts';

const BAR = 0.98;
const TRACES = 450;

const POOLS: readonly (readonly [name: string, pool: Pool])[] = [
  ['phrases it was developed with', DEVELOPED],
  ['phrases held back', HELD_BACK],
];

const whole = (text: string, is: boolean): Span[] => (is ? [{ start: 0, end: text.length }] : []);

function expectGood(counted: Counted, least: number): void {
  const told = counted.misses.slice(0, 12).join('\n');
  expect(counted.size).toBeGreaterThanOrEqual(least);
  expect(counted.recall, told).toBeGreaterThanOrEqual(BAR);
  expect(counted.precision, told).toBeGreaterThanOrEqual(BAR);
}

describe.each(POOLS)('planted faults, %s', (_, pool) => {
  test('first errors, repairs and broken repairs', () => {
    const [errors, repairs, broken] = [new Counted(), new Counted(), new Counted()];
    for (let seed = 0; seed < TRACES; seed++) {
      const { text, firstError, ...planted } = plantedTrace(pool, seed);
      const { list } = calculationsIn(text);
      const steps = traceSteps(text);
      const spans = (indices: readonly number[]): Span[] => indices.flatMap((index) => list[index] ?? []);
      errors.add(text, spans(steps.firstError === null ? [] : [steps.firstError]), firstError ? [firstError] : []);
      repairs.add(text, spans(steps.repaired), planted.repaired);
      broken.add(text, spans(steps.broken), planted.broken);
    }
    expectGood(errors, 200);
    expectGood(repairs, 150);
    expectGood(broken, 150);
  });

  test('reflections', () => {
    const counted = new Counted();
    for (let seed = 0; seed < TRACES; seed++) {
      const draws = new Draws(randomSource(seed, 'reflections'));
      const spans: Span[] = [];
      let text = '';
      for (let at = 0; at < 6; at++) {
        const isMeant = draws.chance(0.4);
        const sentence = isMeant
          ? draws.pick(pool.reflective)
          : draws.pick(draws.chance(0.5) ? pool.unreflective : pool.distractors);
        if (isMeant) spans.push({ start: text.length, end: text.length + sentence.length });
        text += `${sentence} `;
      }
      counted.add(text, reflectionsIn(text), spans);
    }
    expectGood(counted, 1000);
  });

  test('loops, and endings that are none', () => {
    const [loops, truncations] = [new Counted(), new Counted()];
    for (let seed = 0; seed < TRACES; seed++) {
      const draws = new Draws(randomSource(seed, 'loops'));
      const isLoop = draws.chance(0.5);
      const said = draws.pick(isLoop ? pool.loops : pool.progress);
      const rounds = draws.integer(8, 30);
      const body = Array.from({ length: rounds }, (__, n) => said(n + 1)).join('');
      const start = draws.chance(0.7) ? `${plantedTrace(pool, seed).text}\n` : '';
      const full = `${start}${body}`;
      const text = full.slice(0, full.length - draws.integer(0, Math.floor(body.length / rounds)));
      const found = loopsIn(text);
      loops.add(text, whole(text, found.length > 0), whole(text, isLoop));
      const isAnswered = draws.chance(0.3);
      const finishReason = draws.chance(0.7) ? 'length' : 'stop';
      const ending = endingOf({
        ...{ text, finishReason, loops: found, tokens: 1, verdict: 'wrong' },
        answer: isAnswered ? '7' : null,
      });
      const isTruncated = finishReason === 'length' && !isLoop && !isAnswered;
      truncations.add(text, whole(text, ending === 'truncated'), whole(text, isTruncated));
    }
    expectGood(loops, 200);
    expectGood(truncations, 100);
  });
});
