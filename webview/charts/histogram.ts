/** Two histograms on one axis, one above and one below the line. A picture only: the numbers stand beside it. */
import { svgElement } from '../dom.ts';
import { ticksOver } from './ticks.ts';

export interface Bar {
  readonly from: number;
  readonly to: number;
  readonly above: number;
  readonly below: number;
  /** Of `below`, drawn apart, farthest from the line. */
  readonly marked: number;
}

/** Pixels. */
const HALF = 88;
const AXIS = 20;
const HEIGHT = 2 * HALF + AXIS;

export function histogram(bars: readonly Bar[], format: (value: number) => string): SVGSVGElement {
  const most = Math.max(1, ...bars.flatMap(({ above, below }) => [above, below]));
  const [low, high] = [bars[0]?.from ?? 0, bars.at(-1)?.to ?? 1];
  const place = (value: number): number => (100 * (value - low)) / (high - low);
  const tall = (count: number): number => ((HALF - 4) * count) / most;
  const columns = bars.flatMap(({ from, to, above, below, marked }) => {
    const [x, width] = [place(from), place(to) - place(from)];
    return [
      column('bar-above', x, width, HALF - tall(above), tall(above)),
      column('bar-below', x, width, HALF + AXIS, tall(below - marked)),
      column('bar-marked', x, width, HALF + AXIS + tall(below - marked), tall(marked)),
    ];
  });
  const size = { width: '100%', height: String(HEIGHT) };
  return svgElement(
    'svg',
    { class: 'histogram', ...size, 'aria-hidden': 'true' },
    ...axis(low, high, place, format),
    ...columns,
  );
}

function column(name: string, x: number, width: number, y: number, height: number): SVGRectElement {
  const [left, wide] = [`${(x + width * 0.06).toFixed(3)}%`, `${(width * 0.88).toFixed(3)}%`];
  return svgElement('rect', { class: name, x: left, width: wide, y: y.toFixed(2), height: height.toFixed(2) });
}

/** Between the two, with the numbers that stand clear of both ends. */
function axis(
  low: number,
  high: number,
  place: (value: number) => number,
  format: (value: number) => string,
): SVGElement[] {
  const lines = [HALF, HALF + AXIS].map((y) =>
    svgElement('line', { class: 'axis-line', x1: '0', x2: '100%', y1: String(y), y2: String(y) }),
  );
  const ticks = ticksOver(low, high, 6).filter((tick) => place(tick) >= 3 && place(tick) <= 97);
  const numbers = ticks.map((tick) =>
    svgElement(
      'text',
      { x: `${place(tick).toFixed(2)}%`, y: String(HALF + 14), 'text-anchor': 'middle' },
      format(tick),
    ),
  );
  return [...lines, ...numbers];
}
