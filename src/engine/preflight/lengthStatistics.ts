/** Lengths in tokens, in numbers and bars. */
import type { LengthStatistics } from '../../protocol/preflight.ts';

/** Bars that a person can take in at a glance. */
const MOST_BARS = 12;

export function lengthStatistics(lengths: readonly number[]): LengthStatistics {
  const sorted = Float64Array.from(lengths).sort();
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return {
    sum: sorted.reduce((sum, length) => sum + length, 0),
    median: at(0.5),
    p90: at(0.9),
    p99: at(0.99),
    longest: sorted.at(-1) ?? 0,
    histogram: histogramOf(sorted),
  };
}

/** Bars of one width, 1, 2 or 5 times a power of ten, from 0 to the longest (ascending lengths). */
function histogramOf(sorted: Float64Array): LengthStatistics['histogram'] {
  const longest = sorted.at(-1);
  if (longest === undefined) return [];
  const width = barWidth((longest + 1) / MOST_BARS);
  const counts = Array.from({ length: Math.floor(longest / width) + 1 }, () => 0);
  for (const length of sorted) {
    const bar = Math.floor(length / width);
    counts[bar] = (counts[bar] ?? 0) + 1;
  }
  return counts.map((count, bar) => ({ from: bar * width, below: (bar + 1) * width, count }));
}

function barWidth(least: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, least)));
  return [1, 2, 5, 10].map((factor) => factor * power).find((width) => width >= least) ?? 1;
}

/** The lengths below which 1, 2 … of `parts` parts of all lie, each rounded up to its bar; the last is the longest. */
export function quantiles({ histogram, longest }: LengthStatistics, parts: number): readonly number[] {
  const all = histogram.reduce((sum, { count }) => sum + count, 0);
  if (all === 0) return [];
  const below = (part: number): number => {
    let seen = 0;
    const bar = histogram.find(({ count }) => (seen += count) * parts >= part * all);
    return Math.min(longest, bar ? bar.below - 1 : longest);
  };
  return Array.from({ length: parts }, (_, part) => below(part + 1));
}
