import { expect, test } from 'vitest';
import { figureBytes } from '../../src/extension/figureFile.ts';
import { sayIn } from '../../src/extension/say.ts';
import { LADDER_VERDICT } from '../support/ladderRun.ts';

const text = (format: 'svg' | 'csv', strings = {}): string =>
  new TextDecoder().decode(
    figureBytes(LADDER_VERDICT, { type: 'exportFigure', evaluation: 'made', format }, sayIn(strings)),
  );

test('the picture is the one of the report, on white, in the language of the editor', () => {
  const svg = text('svg', { accuracy: '정확도' });
  expect(svg).toMatch(/^<svg .*<rect width="640" height="360" fill="#ffffff"\/>/s);
  expect(svg).toContain('정확도');
});

test('the numbers are those of the verdict', () => {
  const [header, band, ...rows] = text('csv').trim().split('\r\n');
  expect(header).toBe('line,training examples,accuracy,low 95 %,high 95 %,n');
  expect(band?.split(',')[2]).toBe(String(LADDER_VERDICT.base?.accuracy.value));
  const measured = [...LADDER_VERDICT.rungs, ...LADDER_VERDICT.controls];
  expect(rows.map((row) => row.split(',').slice(1, 3).map(Number))).toEqual(
    measured.map(({ size, accuracy }) => [size, accuracy.value]),
  );
});

test('pixels are kept as the panel drew them', () => {
  const png = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1, 2]).toString('base64');
  const bytes = figureBytes(LADDER_VERDICT, { type: 'exportPng', evaluation: 'made', png }, sayIn({}));
  expect([...bytes.subarray(-2)]).toEqual([1, 2]);
});
