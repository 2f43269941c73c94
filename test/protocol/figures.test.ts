import { describe, expect, test } from 'vitest';
import { figureNumber, figureRows, type Figure, type FigureAxis } from '../../src/protocol/figures/figure.ts';
import { figureCsv } from '../../src/protocol/figures/figureCsv.ts';
import { escaped, figureSvg } from '../../src/protocol/figures/figureSvg.ts';
import { scaleOf } from '../../src/protocol/figures/scale.ts';

const SHARE: FigureAxis = { label: 'accuracy', scale: 'linear', unit: 'share', includes: [0] };
const SIZES: FigureAxis = { label: 'examples', scale: 'log', unit: 'count', includes: [0] };
const point = (x: number, y: number, n = 400) => ({ x, y, interval: [y - 0.05, y + 0.05] as const, n });
const FIGURE: Figure = {
  name: 'accuracy',
  title: 'Accuracy <of> "d64" & more',
  summary: 'It falls and climbs back.',
  x: SIZES,
  y: SHARE,
  band: { label: 'untouched', value: 0.86, interval: [0.83, 0.89] },
  lines: [
    { label: 'long traces', points: [point(32, 0.2), point(512, 0.66), point(4096, 0.9)] },
    { label: 'short, "plain"', points: [point(32, 0.3), { ...point(512, 0.9), interval: null }] },
  ],
};

describe('Scales', () => {
  test('a linear one covers all values with round ticks', () => {
    const { at, ticks } = scaleOf(SHARE, [0.13, 0.91], 300, 100);
    expect(ticks).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect([at(0), at(1)]).toEqual([300, 100]);
    expect(at(0.25)).toBe(250);
  });

  test.each([[[5, 5]], [[-3, 7]], [[1e-9, 2e-9]], [[0]], [[]], [[1e12, 3e12]]])('holds all of %j', (values) => {
    const { at, ticks } = scaleOf({ ...SHARE, includes: [] }, values, 0, 100);
    for (const value of values) expect(at(value)).toBeGreaterThanOrEqual(-0.1);
    for (const value of values) expect(at(value)).toBeLessThanOrEqual(100.1);
    expect(new Set(ticks).size).toBe(ticks.length);
  });

  test('a logarithmic one keeps zero apart and equal ratios equally far', () => {
    const { at, ticks } = scaleOf(SIZES, [32, 128, 512], 0, 1000);
    expect(ticks).toEqual([0, 32, 128, 512]);
    expect(at(0)).toBeLessThan(at(32) - 100);
    expect(at(128) - at(32)).toBeCloseTo(at(512) - at(128), 0);
  });
});

describe('A figure as SVG', () => {
  const svg = figureSvg(FIGURE);

  test('escapes what people have named', () => {
    expect(svg).toContain('Accuracy &lt;of&gt; &quot;d64&quot; &amp; more');
    expect(escaped('a\u0000b\u202ec')).toBe('a\\u0000b\\u202ec');
  });

  test('draws a mark for each point with an interval, and none without', () => {
    expect(svg.match(/<circle/g)).toHaveLength(3 + 1);
    expect(svg.match(/<polyline/g)).toHaveLength(2);
    expect(svg.match(/<rect [^>]*width="8"/g)).toHaveLength(1 + 1);
  });

  test('has only finite numbers, without points too', () => {
    for (const lines of [FIGURE.lines, []])
      expect(figureSvg({ ...FIGURE, lines, band: null })).not.toMatch(/NaN|Infinity|undefined/);
  });

  test('says in words what it shows', () => {
    expect(svg).toContain('role="img"');
    expect(svg).toContain('<desc>It falls and climbs back.</desc>');
  });
});

test('the table has the band and every point, intervals where there are some', () => {
  const { header, rows } = figureRows(FIGURE);
  expect(header).toEqual(['', 'examples', 'accuracy', '95 %', 'n']);
  expect(rows).toHaveLength(6);
  expect(rows[0]).toEqual(['untouched', '–', '86.0 %', '83.0 % – 89.0 %', '–']);
  expect(rows[5]).toEqual(['short, "plain"', '512', '90.0 %', '–', '400']);
  expect(figureNumber(4096, 'count')).toBe('4,096');
});

test('the CSV keeps numbers as they are, quotes texts and holds no formula', () => {
  const lines = figureCsv({ ...FIGURE, band: { ...FIGURE.band!, label: '=1+1' } }).split('\r\n');
  expect(lines[0]).toBe('line,examples,accuracy,low 95 %,high 95 %,n');
  expect(lines[1]).toBe("'=1+1,,0.86,0.83,0.89,");
  expect(lines[6]).toBe('"short, ""plain""",512,0.9,,,400');
  expect(lines).toHaveLength(8);
});
