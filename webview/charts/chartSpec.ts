/** What a chart shows, as plain data: computed by the views, drawn by `Chart`, told row by row by the table. */

export interface ChartSpec {
  /** Distinguishes pictures whose points may have the same count: a new snapshot draws again. */
  readonly revision: number;
  readonly lines: readonly ChartLine[];
  /** Words for a value. */
  readonly format: (value: number) => string;
  /** The same, shorter, for the vertical axis. */
  readonly formatAxis: (value: number) => string;
  /** The horizontal axis spans at least these steps, so that all charts of a run can be compared. */
  readonly span: readonly [first: number, last: number];
  /** The vertical axis includes these values, e.g. 0 and 1 for a share. */
  readonly includes: readonly number[];
  /** What will appear here and when, while there is no point yet. */
  readonly empty: string;
}

export interface ChartLine {
  readonly label: string;
  /** Ascending. */
  readonly steps: readonly number[];
  /** null = not a finite number: a gap. */
  readonly values: readonly (number | null)[];
  /** 95 % intervals; null where a point has none. */
  readonly intervals?: readonly (readonly [low: number, high: number] | null)[];
  /** Weight of the past in the bold line, 0..1; 0 draws the values themselves. */
  readonly smoothing: number;
}

/** Points over all lines: the chart is drawn again when this changes. */
export const signatureOf = (spec: ChartSpec): string =>
  [
    spec.revision,
    spec.empty,
    spec.span[1],
    ...spec.lines.map(
      ({ label, steps, values, smoothing }) =>
        `${label}|${smoothing}|${steps.length}|${steps.at(-1)}|${values.at(-1)}|${values[0]}`,
    ),
  ].join(';');

export const hasPoints = (spec: ChartSpec): boolean => spec.lines.some(({ steps }) => steps.length > 0);
