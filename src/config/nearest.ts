/** Near-miss search: the word a person probably meant. */

/** The candidate with the fewest typing slips from `word` (case, `_` and `-` do not count), or null if none is close. */
export function nearest(word: string, candidates: readonly string[]): string | null {
  const typed = canonical(word);
  if (typed === '' || typed.length > 60) return null;
  let best: string | null = null;
  let fewest = Math.max(1, Math.min(3, Math.floor(typed.length / 3))) + 1;
  for (const candidate of candidates) {
    const slips = slipsBetween(typed, canonical(candidate));
    if (slips < fewest) [best, fewest] = [candidate, slips];
  }
  return best;
}

/** Spelling without case, `_`, `-` and dots: `learning_rate` and `learningRate` are the same. */
export const canonical = (word: string): string => word.toLowerCase().replaceAll(/[-_.]/g, '');

/** Damerau-Levenshtein distance (optimal string alignment): insertions, deletions, substitutions, swaps of neighbours. */
export function slipsBetween(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      let cost = Math.min(at(previous, j) + 1, at(row, j - 1) + 1, at(previous, j - 1) + change);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, at(before, j - 2) + 1);
      row.push(cost);
    }
    before = previous;
    previous = row;
  }
  return at(previous, b.length);
}

const at = (row: readonly number[], index: number): number => row[index] ?? Number.POSITIVE_INFINITY;
