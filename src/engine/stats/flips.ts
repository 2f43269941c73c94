/** What became of each item between two evaluations of the same problems. */

import type { Flip } from '../../protocol/comparison.ts';

/** Shares of right completions (0..1) to one problem, before and after. */
export interface Pair {
  readonly before: number;
  readonly after: number;
}

/** A problem is solved where more than half of its completions are right. */
const isSolved = (share: number): boolean => share > 0.5;

export function flipOf({ before, after }: Pair): Flip {
  if (isSolved(before) === isSolved(after)) return 'unchanged';
  return isSolved(after) ? 'fixed' : 'broken';
}

export function countFlips(pairs: readonly Pair[]): Readonly<Record<Flip, number>> {
  const flips = { fixed: 0, broken: 0, unchanged: 0 };
  for (const pair of pairs) flips[flipOf(pair)]++;
  return flips;
}
