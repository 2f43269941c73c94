/** Scores as dots with their intervals, one above the other on one axis: each row is a picture of its own, so that it can stand in a table. */
import { svgElement } from '../dom.ts';
import { ticksOver } from './ticks.ts';

/** What a row shows. */
export interface IntervalRow {
  readonly value: number;
  readonly interval: readonly [low: number, high: number] | null;
}

export interface Scale {
  readonly ticks: readonly number[];
}

/** Pixels; the axis has the same. */
export const PICTURE_HEIGHT = 20;
/** Per cent of the width on each side, for dots and numbers at the ends. */
const EDGE = 6;

/** An axis that holds all rows, and `bounds` as far as the rows come near them. */
export function scaleOf(rows: readonly IntervalRow[], includes: readonly number[] = []): Scale {
  const ends = [...rows.flatMap(({ value, interval }) => [value, ...(interval ?? [])]), ...includes];
  const finite = ends.filter((end) => Number.isFinite(end));
  return { ticks: finite.length === 0 ? [0, 1] : ticksOver(Math.min(...finite), Math.max(...finite), 5) };
}

/** Where a value stands, in per cent of the width. */
function place({ ticks }: Scale, value: number): string {
  const [low, high] = [ticks[0] ?? 0, ticks.at(-1) ?? 1];
  return `${(EDGE + ((100 - 2 * EDGE) * (value - low)) / (high - low)).toFixed(2)}%`;
}

const middle = String(PICTURE_HEIGHT / 2);

/** `marks`: classes of the dot. Hidden from assistive technology: the numbers stand beside it. */
export function intervalPicture({ value, interval }: IntervalRow, scale: Scale, marks = ''): SVGSVGElement {
  const x = place(scale, value);
  const bar = interval && svgElement('g', { class: 'interval-bar' }, ...barLines(scale, interval));
  const dot = svgElement('circle', { class: `interval-dot ${marks}`.trim(), cx: x, cy: middle, r: '3.5' });
  return picture('interval-picture', [...gridLines(scale), ...(bar ? [bar] : []), dot]);
}

/** A line with caps at both ends. */
function barLines(scale: Scale, [low, high]: readonly [number, number]): SVGLineElement[] {
  const [from, to] = [place(scale, low), place(scale, high)];
  const cap = (x: string): SVGLineElement => svgElement('line', { x1: x, x2: x, y1: '6', y2: '14' });
  return [svgElement('line', { x1: from, x2: to, y1: middle, y2: middle }), cap(from), cap(to)];
}

/** Zero is drawn stronger: it parts better from worse. */
const gridLines = (scale: Scale): SVGLineElement[] =>
  scale.ticks.map((tick) => {
    const x = place(scale, tick);
    return svgElement('line', {
      class: tick === 0 ? 'grid-line zero' : 'grid-line',
      x1: x,
      x2: x,
      y1: '0',
      y2: '100%',
    });
  });

export function axisPicture(scale: Scale, format: (value: number) => string): SVGSVGElement {
  const numbers = scale.ticks.map((tick) =>
    svgElement('text', { x: place(scale, tick), y: '14', 'text-anchor': 'middle' }, format(tick)),
  );
  return picture('interval-picture axis', numbers);
}

const picture = (name: string, parts: readonly SVGElement[]): SVGSVGElement =>
  svgElement('svg', { class: name, width: '100%', height: String(PICTURE_HEIGHT), 'aria-hidden': 'true' }, ...parts);
