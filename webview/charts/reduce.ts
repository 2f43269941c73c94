/**
 * Which points stand for a long curve: of each bucket the lowest, the highest and a gap if it has one, and the very first
 * and last. Buckets are a power of two long and counted from the start, so that a growing curve keeps the shape it had.
 */

/** Ascending indices into `values[from..to)`, at most `limit` (at least 8). */
export function reduce(values: readonly (number | null)[], limit: number, from = 0, to = values.length): number[] {
  const count = to - from;
  if (count <= limit) return Array.from({ length: Math.max(0, count) }, (_, at) => from + at);
  const size = bucketSize(count, limit);
  const kept: number[] = [from];
  for (let start = from - (from % size); start < to; start += size)
    keepExtremes(kept, values, Math.max(start, from), Math.min(start + size, to));
  if (kept.at(-1) !== to - 1) kept.push(to - 1);
  return kept;
}

/** Three points per bucket, one bucket cut at each end, the first and the last point. */
function bucketSize(count: number, limit: number): number {
  const buckets = Math.max(1, Math.floor((limit - 2) / 3) - 1);
  return 2 ** Math.ceil(Math.log2(count / buckets));
}

function keepExtremes(kept: number[], values: readonly (number | null)[], from: number, to: number): void {
  let [low, high, gap] = [-1, -1, -1];
  for (let at = from; at < to; at++) {
    const value = values[at] ?? null;
    if (value === null) gap = at;
    else {
      if (low < 0 || value < (values[low] ?? 0)) low = at;
      if (high < 0 || value > (values[high] ?? 0)) high = at;
    }
  }
  const chosen = [...new Set([low, high, gap])].filter((at) => at >= 0).sort((a, b) => a - b);
  for (const at of chosen) if (at > (kept.at(-1) ?? -1)) kept.push(at);
}
