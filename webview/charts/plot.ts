/** The one file that knows uPlot: columns in, canvas out, colours and sizes asked for at each drawing. */
import uPlot from 'uplot';
import type { Cell, Columns } from './columns.ts';
import type { ChartTheme } from './theme.ts';

export interface PlotShape {
  /** Per line: whether a raw line stands beside the bold one, whether it has intervals, whether its points are marked. */
  readonly lines: readonly { readonly isSmoothed: boolean; readonly hasBand: boolean; readonly hasPoints: boolean }[];
  readonly format: (value: number) => string;
  readonly formatStep: (step: number) => string;
  readonly includes: readonly number[];
  /** The row under the pointer, or null. */
  readonly onRow: (row: number | null) => void;
  /** The reader dragged over a range of steps. */
  readonly onZoom: (from: number, to: number) => void;
}

/** Columns of uPlot per line: raw, bold, low, high. */
const PER_LINE = 4;
const DASHES: readonly number[][] = [[], [6, 3], [2, 3], [8, 3, 2, 3]];

export class Plot {
  readonly #plot: uPlot;
  /** Steps in sight. */
  #range: readonly [number, number] = [0, 1];

  constructor(host: HTMLElement, size: { width: number; height: number }, shape: PlotShape, theme: ChartTheme) {
    const range: uPlot.Range.Function = () => stepRange(this.#range);
    this.#plot = new uPlot(options(size, shape, theme, range), [[]], host);
  }

  show(columns: Columns, range: readonly [number, number]): void {
    this.#range = range;
    const cells: Cell[][] = columns.lines.flatMap(({ raw, bold, low, high }) => [raw, bold, low, high]);
    this.#plot.setData([columns.x, ...cells]);
  }

  resize(width: number, height: number): void {
    if (this.#plot.width !== width || this.#plot.height !== height) this.#plot.setSize({ width, height });
  }

  /** Puts the cursor on a row. */
  point(row: number): void {
    const x = this.#plot.data[0][row];
    if (x === undefined) return;
    const y = this.#plot.data.slice(1).find((cells) => typeof cells[row] === 'number')?.[row];
    const top = typeof y === 'number' ? this.#plot.valToPos(y, 'y') : 0;
    this.#plot.setCursor({ left: this.#plot.valToPos(x, 'x'), top });
  }

  recolour(): void {
    this.#plot.redraw(false, true);
  }

  dispose(): void {
    this.#plot.destroy();
  }
}

function options(
  size: { width: number; height: number },
  shape: PlotShape,
  theme: ChartTheme,
  range: uPlot.Range.Function,
): uPlot.Options {
  return {
    ...size,
    legend: { show: false },
    padding: [8, 20, 0, 0],
    scales: { x: { time: false, range }, y: { range: valueRange(shape) } },
    axes: [axis(theme, shape.formatStep, 'x'), axis(theme, shape.format, 'y')],
    series: [{}, ...shape.lines.flatMap((line, at) => seriesOf(line, at, theme))],
    bands: shape.lines.flatMap(({ hasBand }, at) => (hasBand ? [band(at, theme)] : [])),
    cursor: { y: false, drag: { x: true, y: false, setScale: false }, points: { size: 7 } },
    hooks: {
      setCursor: [(plot) => shape.onRow(plot.cursor.idx ?? null)],
      setSelect: [(plot) => zoomed(plot, shape)],
      draw: [(plot) => drawWhiskers(plot, shape, theme)],
    },
  };
}

/** A range without width gets room at its end. */
const stepRange = ([low, high]: readonly [number, number]): [number, number] => [low, high > low ? high : low + 1];

function valueRange(shape: PlotShape): uPlot.Range.Function {
  return (_, low, high) => {
    if (low === null || high === null || (low === 0 && high === 0)) return [0, 1];
    const [least, most] = [Math.min(low, ...shape.includes), Math.max(high, ...shape.includes)];
    if (shape.includes.length > 1 && least === shape.includes[0] && most === shape.includes[1]) return [least, most];
    const [from, to] = uPlot.rangeNum(least, most, 0.06, true);
    return [least === 0 ? 0 : from, to];
  };
}

function axis(theme: ChartTheme, format: (value: number) => string, side: 'x' | 'y'): uPlot.Axis {
  const isX = side === 'x';
  return {
    stroke: () => theme.colours.text,
    font: theme.colours.font,
    grid: { show: !isX, stroke: () => theme.colours.grid, width: 1 },
    ticks: { show: isX, stroke: () => theme.colours.axis, width: 1, size: 4 },
    border: { show: isX, stroke: () => theme.colours.axis, width: 1 },
    gap: 4,
    space: isX ? 64 : 28,
    size: isX ? 24 : (plot, labels) => labelWidth(plot, labels),
    values: (_, splits) => splits.map(format),
    ...(isX ? { incrs: STEP_INCREMENTS } : {}),
  };
}

/** Whole steps only. */
const STEP_INCREMENTS = Array.from({ length: 10 }, (_, power) => [1, 2, 5].map((digit) => digit * 10 ** power)).flat();

function labelWidth(plot: uPlot, labels: readonly string[] | null): number {
  const longest = (labels ?? []).reduce((most, label) => (label.length > most.length ? label : most), '');
  return Math.ceil(plot.ctx.measureText(longest).width / devicePixelRatio) + 12;
}

function seriesOf(line: PlotShape['lines'][number], at: number, theme: ChartTheme): uPlot.Series[] {
  const colour = (colours: 'series' | 'faint') => (): string =>
    theme.colours[colours][at % theme.colours[colours].length] ?? theme.colours.text;
  const dash = DASHES[at % DASHES.length] ?? [];
  const hidden: uPlot.Series = {
    stroke: 'transparent',
    width: 0,
    points: { show: false },
    show: line.hasBand,
    spanGaps: true,
  };
  const marked = { show: line.hasPoints, size: 6, fill: colour('series'), stroke: colour('series') };
  return [
    { show: line.isSmoothed, stroke: colour('faint'), width: 1, points: { show: false }, pxAlign: 0 },
    { stroke: colour('series'), width: 2, dash, points: line.hasPoints ? marked : {}, pxAlign: 0 },
    hidden,
    hidden,
  ];
}

const band = (at: number, theme: ChartTheme): uPlot.Band => ({
  series: [at * PER_LINE + 4, at * PER_LINE + 3],
  fill: () => theme.colours.band[at % theme.colours.band.length] ?? 'transparent',
});

function zoomed(plot: uPlot, shape: PlotShape): void {
  const { left, width } = plot.select;
  if (width < 8) return;
  shape.onZoom(plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x'));
  plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
}

/** The interval of each point as a line with caps: a band alone does not show a single point. */
function drawWhiskers(plot: uPlot, shape: PlotShape, theme: ChartTheme): void {
  const cap = 3 * devicePixelRatio;
  for (const [at, line] of shape.lines.entries()) {
    if (!line.hasBand) continue;
    const [low, high] = [plot.data[at * PER_LINE + 3], plot.data[at * PER_LINE + 4]];
    plot.ctx.save();
    plot.ctx.strokeStyle = theme.colours.series[at % theme.colours.series.length] ?? theme.colours.text;
    plot.ctx.lineWidth = devicePixelRatio;
    plot.ctx.beginPath();
    for (const [row, step] of plot.data[0].entries()) whisker(plot, step, low?.[row], high?.[row], cap);
    plot.ctx.stroke();
    plot.ctx.restore();
  }
}

function whisker(plot: uPlot, step: number, low: Cell, high: Cell, cap: number): void {
  if (typeof low !== 'number' || typeof high !== 'number') return;
  const x = plot.valToPos(step, 'x', true);
  const [bottom, top] = [plot.valToPos(low, 'y', true), plot.valToPos(high, 'y', true)];
  const { ctx } = plot;
  ctx.moveTo(x, bottom);
  ctx.lineTo(x, top);
  for (const y of [bottom, top]) {
    ctx.moveTo(x - cap, y);
    ctx.lineTo(x + cap, y);
  }
}
