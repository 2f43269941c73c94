/** A figure of a report as plain data: drawn as SVG, told as a table, exported as CSV, and the same everywhere. */

export interface Figure {
  /** File name without extension, e.g. `accuracy`. */
  readonly name: string;
  readonly title: string;
  /** One sentence for whoever does not see the picture. */
  readonly summary: string;
  readonly x: FigureAxis;
  readonly y: FigureAxis;
  /** What does not depend on x, e.g. the untouched model. */
  readonly band: FigureBand | null;
  readonly lines: readonly FigureLine[];
}

export interface FigureAxis {
  readonly label: string;
  /** `log`: zero stands apart on the left. */
  readonly scale: 'linear' | 'log';
  /** How values are written. */
  readonly unit: 'share' | 'tokens' | 'count';
  /** Values that the axis shows in any case, e.g. 0 and 1 of a share. */
  readonly includes: readonly number[];
}

export interface FigureBand {
  readonly label: string;
  readonly value: number;
  /** 95 %. */
  readonly interval: readonly [low: number, high: number];
}

export interface FigureLine {
  readonly label: string;
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
