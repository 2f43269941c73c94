import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ChartLine, ChartSpec } from '../../webview/charts/chartSpec.ts';
import { columnsOf, POINTS_DRAWN } from '../../webview/charts/columns.ts';
import { reduce } from '../../webview/charts/reduce.ts';
import { smooth } from '../../webview/charts/smooth.ts';
import { ROWS_LISTED, tableOf } from '../../webview/charts/tableRows.ts';
import { walk, zoomAround } from '../../webview/charts/walk.ts';
import { words } from '../../webview/text.ts';
import { noise } from '../support/goldenRun.ts';

const finite = fc.double({ min: -1e6, max: 1e6, noNaN: true });
const curve = fc.array(fc.option(finite, { freq: 20 }), { minLength: 1, maxLength: 3000 });

test('a reduced curve keeps its ends, its lowest and highest point, its gaps and its order', () => {
  fc.assert(
    fc.property(curve, fc.integer({ min: 8, max: 300 }), (values, limit) => {
      const kept = reduce(values, limit);
      expect(kept.length).toBeLessThanOrEqual(Math.max(limit, 0));
      expect(kept[0]).toBe(0);
      expect(kept.at(-1)).toBe(values.length - 1);
      expect([...new Set(kept)].sort((a, b) => a - b)).toEqual(kept);
      const numbers = values.filter((value) => value !== null);
      const shown = kept.map((at) => values[at] ?? null).filter((value) => value !== null);
      expect([Math.min(...shown), Math.max(...shown)]).toEqual([Math.min(...numbers), Math.max(...numbers)]);
      expect(kept.some((at) => values[at] === null)).toBe(values.includes(null));
    }),
  );
});

test('a growing curve keeps the points it was drawn with, until its buckets double', () => {
  const random = noise(3);
  const values = Array.from({ length: 5200 }, () => random());
  const before = reduce(values.slice(0, 4000), 2000);
  const after = new Set(reduce(values.slice(0, 4200), 2000));
  // The last bucket was not full yet, and the very last point is always shown.
  expect(before.slice(0, -4).every((at) => after.has(at))).toBe(true);
});

test('a single spike among 20,000 points is drawn', () => {
  const values = Array.from({ length: 20_000 }, () => 1);
  values[13_337] = 99;
  expect(reduce(values, POINTS_DRAWN)).toContain(13_337);
});

test('smoothing stays within the values, keeps gaps and starts at the first value', () => {
  const values = [3, null, 1, 5, 2];
  const smoothed = smooth([1, 2, 3, 4, 5], values, 0.9);
  expect(smoothed[0]).toBe(3);
  expect(smoothed[1]).toBeNull();
  for (const value of smoothed) if (value !== null) expect(value).toBeGreaterThanOrEqual(1);
  for (const value of smoothed) if (value !== null) expect(value).toBeLessThanOrEqual(5);
  expect(smooth([1, 2, 3], [4, 4, 4], 0.97)).toEqual([4, 4, 4]);
  expect(smooth([1, 2], [1, 9], 0)).toEqual([1, 9]);
});

test('a thinned curve is as smooth as the whole one', () => {
  const steps = Array.from({ length: 4000 }, (_, at) => at + 1);
  const values = steps.map((step) => Math.sin(step / 900));
  const thin = steps.filter((step) => step < 3 || step % 8 === 0);
  const whole = smooth(steps, values, 0.9).at(-1) ?? 0;
  const thinned =
    smooth(
      thin,
      thin.map((step) => values[step - 1] ?? 0),
      0.9,
    ).at(-1) ?? 0;
  expect(Math.abs(whole - thinned)).toBeLessThan(0.005);
});

const line = (label: string, steps: number[], values: (number | null)[]): ChartLine => ({
  label,
  steps,
  values,
  smoothing: 0,
});

test('lines with different steps share one axis: a missing point is no gap', () => {
  const { x, lines } = columnsOf([line('a', [1, 2, 3], [10, null, 30]), line('b', [2, 4], [5, 6])], null);
  expect(x).toEqual([1, 2, 3, 4]);
  expect(lines[0]?.raw).toEqual([10, null, 30, undefined]);
  expect(lines[1]?.raw).toEqual([undefined, 5, undefined, 6]);
});

test('a range shows its own points and one beyond each edge', () => {
  const steps = Array.from({ length: 100 }, (_, at) => at * 10);
  expect(columnsOf([line('a', steps, steps)], [200, 250]).x).toEqual([190, 200, 210, 220, 230, 240, 250, 260]);
});

test('however many lines and points, at most 2,000 are drawn', () => {
  const steps = Array.from({ length: 20_000 }, (_, at) => at);
  const random = noise(1);
  const lines = Array.from({ length: 3 }, (_, at) =>
    line(
      String(at),
      steps,
      steps.map(() => random()),
    ),
  );
  expect(columnsOf(lines, null).x.length).toBeLessThanOrEqual(POINTS_DRAWN);
});

test('arrow keys walk the points, plus and minus zoom', () => {
  expect(walk('ArrowRight', null, 5)).toBe(0);
  expect(walk('ArrowLeft', null, 5)).toBe(4);
  expect(walk('ArrowLeft', 0, 5)).toBe(0);
  expect(walk('PageDown', 1, 50)).toBe(11);
  expect(walk('End', 1, 50)).toBe(49);
  expect(walk('Enter', 1, 50)).toBeNull();
  expect(walk('ArrowRight', null, 0)).toBeNull();
  const x = Array.from({ length: 101 }, (_, at) => at);
  expect(zoomAround('+', 50, x)).toEqual([25, 75]);
  expect(zoomAround('+', 100, x)).toEqual([50, 100]);
  expect(zoomAround('Escape', 50, x)).toBeNull();
  expect(zoomAround('a', 50, x)).toBeUndefined();
});

test('the table lists the newest points with intervals and says what it leaves out', () => {
  const steps = Array.from({ length: 500 }, (_, at) => at + 1);
  const spec: ChartSpec = {
    revision: 1,
    lines: [
      {
        ...line(
          'accuracy',
          steps,
          steps.map((step) => (step === 500 ? null : step / 1000)),
        ),
        intervals: steps.map(() => [0.1, 0.2]),
      },
      line('length', [100, 500], [61, 44]),
    ],
    format: (value) => value.toFixed(3),
    formatAxis: String,
    span: [0, 500],
    includes: [],
    empty: '',
  };
  const { head, rows, note } = tableOf(spec, words('en', {}));
  expect(head).toEqual(['step', 'accuracy', '95 % interval', 'length']);
  expect(rows.length).toBe(ROWS_LISTED);
  expect(rows[0]).toEqual(['500', 'not a finite number', '0.100 – 0.200', '44.000']);
  expect(rows[1]).toEqual(['499', '0.499', '0.100 – 0.200', '']);
  expect(note).toBe('The newest 200 of 500 points');
});
