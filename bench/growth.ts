/** How cost grows along one axis, this engine beside PyTorch, as lines of a table. */
import type { Row } from './rows.ts';
import { growths, type Growth } from './shapes.ts';
import { millions, written, type Cells } from './table.ts';

export interface Point {
  /** Length, sequences, or parameters. */
  readonly at: number;
  readonly rows: readonly Row[];
}

export interface Axis {
  readonly axis: Growth['axis'];
  readonly points: readonly Point[];
}

/** A work can lie on two axes. */
export const axesOf = (rows: readonly Row[]): readonly Axis[] =>
  growths
    .map(({ axis, works }) => ({
      axis,
      points: works
        .map(({ name }) => rows.filter(({ work }) => work === name))
        .flatMap((found) => (found[0] ? [{ at: found[0][axis], rows: found }] : [])),
    }))
    .filter(({ points }) => points.length > 0);

const fastestTorch = (rows: readonly Row[]): Row | undefined =>
  rows
    .filter(({ engineKey }) => engineKey.startsWith('torch'))
    .toSorted((a, b) => (b.tokensPerSecond ?? 0) - (a.tokensPerSecond ?? 0))[0];

export const valleyAndTorch = (rows: readonly Row[]) => ({
  ours: rows.find(({ engineKey }) => engineKey === 'valley'),
  torch: fastestTorch(rows),
});

const HEAD = [
  'grows',
  'shape',
  'tokens/s',
  'fastest PyTorch eager',
  'ratio',
  'tokens per CPU s',
  'PyTorch',
  'peak MB',
  'PyTorch',
];

export const growthLines = (rows: readonly Row[]): { head: Cells; lines: readonly Cells[] } => ({
  head: HEAD,
  lines: axesOf(rows).flatMap(({ axis, points }) => points.map((point) => [axis, ...cellsOf(point)])),
});

const cellsOf = ({ rows }: Point): string[] => {
  const { ours, torch } = valleyAndTorch(rows);
  const pair = (of: (row: Row) => number | null): string[] =>
    [ours, torch].map((row) => written(row ? of(row) : null, 0));
  const ratio =
    ours?.tokensPerSecond && torch?.tokensPerSecond
      ? `${written(ours.tokensPerSecond / torch.tokensPerSecond, 2)} x`
      : '–';
  return [
    `${rows[0]?.shape ?? ''}, ${millions(rows[0]?.parameters ?? 0)}`,
    ...pair(({ tokensPerSecond }) => tokensPerSecond),
    ratio,
    ...pair(({ tokensPerCpuSecond }) => tokensPerCpuSecond),
    ...pair(({ peakMemoryBytes }) => (peakMemoryBytes === null ? null : peakMemoryBytes / 1e6)),
  ];
};
