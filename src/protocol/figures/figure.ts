/** A figure of a report as plain data: drawn as SVG, told as a table, exported as CSV, and the same everywhere. */
import { saidIn, type Told } from '../sentence.ts';

/** `Words` is `Told` where it is made, and text where it is shown. */
export interface Figure<Words = string> {
  /** File name without extension, e.g. `accuracy`. */
  readonly name: string;
  readonly title: Words;
  /** One sentence for whoever does not see the picture. */
  readonly summary: Words;
  readonly x: FigureAxis<Words>;
  readonly y: FigureAxis<Words>;
  /** What does not depend on x, e.g. the untouched model. */
  readonly band: FigureBand<Words> | null;
  readonly lines: readonly FigureLine<Words>[];
}

export interface FigureAxis<Words = string> {
  readonly label: Words;
  /** `log`: zero stands apart on the left. */
  readonly scale: 'linear' | 'log';
  /** How values are written. */
  readonly unit: 'share' | 'tokens' | 'count';
  /** Values that the axis shows in any case, e.g. 0 and 1 of a share. */
  readonly includes: readonly number[];
}

export interface FigureBand<Words = string> {
  readonly label: Words;
  readonly value: number;
  /** 95 %. */
  readonly interval: readonly [low: number, high: number];
}

export interface FigureLine<Words = string> {
  readonly label: Words;
  /** Ascending by x. */
  readonly points: readonly FigurePoint[];
}

export interface FigurePoint {
  readonly x: number;
  readonly y: number;
  /** 95 %; a point without one is not drawn, but stands in table and CSV. */
  readonly interval: readonly [low: number, high: number] | null;
  /** What it was measured on, e.g. problems x seeds. */
  readonly n: number;
}

export type Say = (sentence: string, ...args: readonly (string | number)[]) => string;

/** What was told, by a function that translates. */
export const saidOf = (say: Say, told: Told): string =>
  typeof told === 'string' ? say(told) : saidIn(say, told.text, told);

/** The figure in the language of `say`. */
export function figureIn(say: Say, { name, title, summary, x, y, band, lines }: Figure<Told>): Figure {
  const labelled = <T extends { readonly label: Told }>(thing: T) => ({ ...thing, label: saidOf(say, thing.label) });
  return {
    name,
    title: saidOf(say, title),
    summary: saidOf(say, summary),
    x: labelled(x),
    y: labelled(y),
    band: band && labelled(band),
    lines: lines.map(labelled),
  };
}

/** `85.9 %`, `1,204`: a value of this axis as people read it. */
export function figureNumber(value: number, unit: FigureAxis['unit']): string {
  if (unit === 'share') return `${(value * 100).toFixed(1)} %`;
  return value.toLocaleString('en', { maximumFractionDigits: Math.abs(value) < 10 && unit === 'tokens' ? 2 : 1 });
}

/** Header and rows of the table beside the picture: one row per point, the band as a row without x. */
export function figureRows({ x, y, band, lines }: Figure): { readonly header: string[]; readonly rows: string[][] } {
  const told = (value: number, interval: FigurePoint['interval']): string[] => [
    figureNumber(value, y.unit),
    interval ? interval.map((end) => figureNumber(end, y.unit)).join(' – ') : '–',
  ];
  const rows = lines.flatMap(({ label, points }) =>
    points.map((point) => [label, figureNumber(point.x, x.unit), ...told(point.y, point.interval), String(point.n)]),
  );
  return {
    header: ['', x.label, y.label, '95 %', 'n'],
    rows: band ? [[band.label, '–', ...told(band.value, band.interval), '–'], ...rows] : rows,
  };
}
