/** What a step left, in numbers that a person can judge. */
import type { RowStatistics } from '../../protocol/preparation.ts';
import type { RowTable } from './rowTable.ts';

/** Lengths in tokens below which each bar of the histogram counts; the last bar has no end. */
const EDGES = [64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768];

/** `rows` are row numbers of the table. */
export function statisticsOf(table: Pick<RowTable, 'tokens' | 'problemKey'>, rows: Uint32Array): RowStatistics {
  const lengths = new Uint32Array(rows.length);
  const problems = new Set<number>();
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at] ?? 0;
    lengths[at] = table.tokens(row);
    problems.add(table.problemKey(row));
  }
  lengths.sort();
  const tokens = lengths.reduce((sum, length) => sum + length, 0);
  const at = (share: number): number => lengths[Math.min(lengths.length - 1, Math.floor(share * lengths.length))] ?? 0;
  return {
    rows: rows.length,
    problems: problems.size,
    tokens,
    median: at(0.5),
    p90: at(0.9),
    longest: lengths.at(-1) ?? 0,
    histogram: histogramOf(lengths),
  };
}

/** How many lengths (ascending) fall below each edge and not below the one before. */
function histogramOf(lengths: Uint32Array): { readonly below: number | null; readonly rows: number }[] {
  let start = 0;
  return [...EDGES, null].map((below) => {
    let end = start;
    while (end < lengths.length && (below === null || (lengths[end] ?? 0) < below)) end++;
    const rows = end - start;
    start = end;
    return { below, rows };
  });
}
