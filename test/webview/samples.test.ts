import fc from 'fast-check';
import { expect, test } from 'vitest';
import { countOf, listed, passes } from '../../webview/views/sampleFilter.ts';
import { traceLines } from '../../webview/views/traceSteps.ts';
import { rowAfter, scrollTo, windowOf } from '../../webview/views/window.ts';
import { SAMPLE_FILTERS } from '../../webview/uiState.ts';
import { completionAt } from '../support/goldenRun.ts';

const newestFirst = [400, 300, 200, 100].flatMap((step) => [0, 1, 2].map((index) => completionAt(step, index)));
const everything = { sampleFilter: 'all', sampleSearch: '', sampleOrder: 'newest' } as const;

test('each filter lists what it counts, and nothing else', () => {
  for (const sampleFilter of SAMPLE_FILTERS) {
    const rows = listed(newestFirst, { ...everything, sampleFilter }, true);
    expect(rows.length).toBe(countOf(newestFirst, sampleFilter));
    expect(rows.every((row) => passes(row, sampleFilter))).toBe(true);
  }
  expect(countOf(newestFirst, 'right') + countOf(newestFirst, 'wrong')).toBe(newestFirst.length);
});

test('orders', () => {
  const ids = (sampleOrder: 'newest' | 'oldest' | 'longest', isNewestFirst: boolean): string[] =>
    listed(newestFirst, { ...everything, sampleOrder }, isNewestFirst).map(({ id }) => id);
  const given = newestFirst.map(({ id }) => id);
  expect(ids('newest', true)).toEqual(given);
  expect(ids('oldest', true)).toEqual(given.toReversed());
  expect(ids('newest', false)).toEqual(given.toReversed());
  const lengths = listed(newestFirst, { ...everything, sampleOrder: 'longest' }, true).map(({ tokens }) => tokens);
  expect(lengths).toEqual(lengths.toSorted((a, b) => b - a));
});

test('listing never changes what it lists', () => {
  const frozen = Object.freeze([...newestFirst]);
  for (const sampleOrder of ['newest', 'oldest', 'longest'] as const)
    listed(frozen, { ...everything, sampleOrder }, true);
  expect(frozen).toEqual(newestFirst);
});

test('the search takes any text literally and ignores case', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(0xffff), { minLength: 1 }), (codes) => {
      const needle = String.fromCharCode(...codes);
      const completion = completionAt(100, 0, { id: 'found', text: `before ${needle} after` });
      const rows = listed([completion, ...newestFirst], { ...everything, sampleSearch: needle }, true);
      expect(rows.some(({ id }) => id === 'found')).toBe(true);
    }),
  );
  const wait = completionAt(100, 0, { id: 'wait', text: 'Wait check (5+3)*2=16 ok' });
  expect(listed([wait], { ...everything, sampleSearch: 'wAIT' }, true).length).toBe(1);
  expect(listed([wait], { ...everything, sampleSearch: '(5+3)*2' }, true).length).toBe(1);
  expect(listed([wait], { ...everything, sampleSearch: '(5+3)*3' }, true).length).toBe(0);
});

test('the first wrong step is found in its line, words and checks between', () => {
  const trace = 'Okay\n6+2+0=8\nWait check 8-0-2=6 ok\n7+1+0=9\nso';
  const lines = traceLines({ trace, text: '', steps: { count: 3, wrong: 1, firstError: 2 } });
  expect(lines.map(({ steps }) => steps)).toEqual([[], [1], [2], [3], []]);
  expect(lines.map(({ isFirstError }) => isFirstError)).toEqual([false, false, false, true, false]);
});

test('a completion without a trace is read from its text; no step is wrong where none was checked', () => {
  const lines = traceLines({ trace: '', text: '1+1=3\n2', steps: null });
  expect(lines.map(({ text }) => text)).toEqual(['1+1=3', '2']);
  expect(lines.some(({ isFirstError }) => isFirstError)).toBe(false);
});

test('a window makes the rows in sight and few more, whatever the scroll position', () => {
  fc.assert(
    fc.property(fc.nat(3e6), fc.integer({ min: 0, max: 2000 }), fc.nat(100_000), (scrollTop, height, count) => {
      const { first, end } = windowOf(scrollTop, height, 24, count);
      expect(first).toBeGreaterThanOrEqual(0);
      expect(end).toBeLessThanOrEqual(count);
      expect(end - first).toBeLessThanOrEqual(height / 24 + 15);
      for (const row of [Math.floor(scrollTop / 24), Math.floor((scrollTop + height) / 24)])
        if (row < count && scrollTop < count * 24) expect(row >= first && row <= end).toBe(true);
    }),
  );
});

test('keys move the choice and bring it into sight', () => {
  expect(rowAfter('ArrowDown', 3, 10, 5)).toBe(4);
  expect(rowAfter('ArrowDown', 9, 10, 5)).toBe(9);
  expect(rowAfter('PageUp', 3, 10, 5)).toBe(0);
  expect(rowAfter('End', 0, 10, 5)).toBe(9);
  expect(rowAfter('x', 0, 10, 5)).toBeNull();
  expect(rowAfter('Home', 0, 0, 5)).toBeNull();
  expect(scrollTo(10, 0, 100, 24)).toBe(164);
  expect(scrollTo(1, 100, 100, 24)).toBe(24);
  expect(scrollTo(5, 100, 100, 24)).toBe(100);
});
