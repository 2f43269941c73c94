/** How cost grows, drawn from the rows: for each axis one chart of tokens/s and one of memory, both scales logarithmic. */
import { axesOf, valleyAndTorch, type Axis } from './growth.ts';
import type { Row } from './rows.ts';

const [WIDTH, HEIGHT, LEFT, TOP, GAP] = [240, 170, 58, 44, 78];
/** Told apart without colour too: PyTorch's line is dashed. */
const ENGINES = [
  { of: 'ours', label: 'Through the Valley', style: 'stroke="#0b6bcb"', fill: '#0b6bcb' },
  { of: 'torch', label: 'fastest PyTorch, eager', style: 'stroke="#b3541e" stroke-dasharray="5 4"', fill: '#b3541e' },
] as const;
const MEASURES = [
  { label: 'tokens/s', of: ({ tokensPerSecond }: Row) => tokensPerSecond },
  { label: 'peak memory, MB', of: ({ peakMemoryBytes }: Row) => peakMemoryBytes && peakMemoryBytes / 1e6 },
] as const;

type Measure = (typeof MEASURES)[number];
type Pair = readonly [x: number, y: number];

/** An SVG image with its own white ground. */
export const growthChart = (rows: readonly Row[]): string => {
  const axes = axesOf(rows);
  const [width, height] = [axes.length * (WIDTH + GAP) + 10, MEASURES.length * (HEIGHT + 60) + TOP];
  const panels = axes.flatMap((axis, column) =>
    MEASURES.map((measure, row) => panel(axis, measure, LEFT + column * (WIDTH + GAP), TOP + row * (HEIGHT + 60))),
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="11" fill="#333">`,
    '<title>How the cost of a training step grows</title>',
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    ...ENGINES.map(({ label, style, fill }, i) => legend(label, style, fill, LEFT + i * 180)),
    ...panels,
    '</svg>\n',
  ].join('\n');
};

const legend = (label: string, style: string, fill: string, x: number): string =>
  `<line x1="${x}" y1="16" x2="${x + 28}" y2="16" stroke-width="2" ${style}/><text x="${x + 34}" y="20" fill="${fill}">${label}</text>`;

const pairsOf = ({ points }: Axis, { of }: Measure, engine: 'ours' | 'torch'): Pair[] =>
  points.flatMap(({ at, rows }) => {
    const row = valleyAndTorch(rows)[engine];
    const value = row ? of(row) : null;
    return value === null ? [] : [[at, value] as const];
  });

const panel = (axis: Axis, measure: Measure, left: number, top: number): string => {
  const lines = ENGINES.map((engine) => ({ ...engine, pairs: pairsOf(axis, measure, engine.of) }));
  const all = lines.flatMap(({ pairs }) => pairs);
  const [x, y] = [
    scale(
      all.map(([at]) => at),
      left,
      left + WIDTH,
    ),
    scale(
      all.map(([, value]) => value),
      top + HEIGHT,
      top,
    ),
  ];
  return [
    `<text x="${left}" y="${top - 8}" font-weight="bold">${measure.label} by ${axis.axis}</text>`,
    `<rect x="${left}" y="${top}" width="${WIDTH}" height="${HEIGHT}" fill="none" stroke="#bbb"/>`,
    ...marks(all.map(([at]) => at)).map(
      (at) => `<text x="${x(at)}" y="${top + HEIGHT + 14}" text-anchor="middle">${short(at)}</text>`,
    ),
    ...ends(all.map(([, value]) => value)).map(
      (value) => `<text x="${left - 5}" y="${y(value) + 4}" text-anchor="end">${short(value)}</text>`,
    ),
    ...lines.map(({ pairs, style }) =>
      line(
        pairs.map(([at, value]) => [x(at), y(value)]),
        style,
      ),
    ),
    ...lines.flatMap(({ pairs, fill }) =>
      pairs.map(([at, value]) => `<circle cx="${x(at)}" cy="${y(value)}" r="3" fill="${fill}"/>`),
    ),
  ].join('\n');
};

const line = (pairs: readonly Pair[], style: string): string =>
  `<polyline fill="none" stroke-width="2" ${style} points="${pairs.map((pair) => pair.join(',')).join(' ')}"/>`;

/** Logarithmic, with a twentieth of the room left free at both ends. */
const scale = (values: readonly number[], from: number, to: number) => {
  const [low, high] = [Math.log(Math.min(...values)), Math.log(Math.max(...values))];
  return (value: number): number => {
    const part = high === low ? 0.5 : (Math.log(value) - low) / (high - low);
    return Math.round((from + (0.05 + 0.9 * part) * (to - from)) * 10) / 10;
  };
};

const marks = (values: readonly number[]): number[] => [...new Set(values)];

const ends = (values: readonly number[]): number[] => marks([Math.min(...values), Math.max(...values)]);

const short = (value: number): string =>
  value.toLocaleString('en', { notation: value >= 10_000 ? 'compact' : 'standard', maximumFractionDigits: 1 });
