import { expect, test } from 'vitest';
import { formats } from '../../webview/format.ts';

const plain = (text: string): string => text.replaceAll('\u00a0', ' ');

test('numbers are written as the language writes them', () => {
  const en = formats('en');
  const de = formats('de');
  expect([en.count(16_200), de.count(16_200)]).toEqual(['16,200', '16.200']);
  expect([en.metric(0.21434), de.metric(0.21434)]).toEqual(['0.2143', '0,2143']);
  expect(plain(en.percent(0.8825))).toBe('88.3 %');
  expect(plain(de.percent(0.8825))).toBe('88,3 %');
  expect([en.metric(3.2e-5), en.metric(1.5e9), en.metric(0)]).toEqual(['3.2e-5', '1.5e9', '0']);
});

test('a run is at 100 % only when it is done', () => {
  const { wholePercent, shortPercent } = formats('ko');
  expect(plain(wholePercent(0.9999))).toBe('99 %');
  expect(plain(wholePercent(1))).toBe('100 %');
  expect(plain(wholePercent(0.29))).toBe('29 %');
  expect([0.05, 0.125, 1].map((share) => plain(shortPercent(share)))).toEqual(['5 %', '12.5 %', '100 %']);
});

test('durations', () => {
  const { duration } = formats('en');
  expect([0, 40, 70, 3670, 36_000].map((seconds) => plain(duration(seconds)))).toEqual([
    '0 s',
    '40 s',
    '1:10',
    '1:01:10',
    '10:00:00',
  ]);
});

test('a locale that nobody knows is English', () => {
  expect(formats('not a locale!').count(1240)).toBe('1,240');
});
