/** The 95 % interval of a share, for whole and for effective numbers of successes (docs/decisions/0023). */
import { binomialAtMost } from './incompleteBeta.ts';
import { root } from './root.ts';

export type Interval = readonly [low: number, high: number];

const TAIL = 0.025;

/**
 * The mid-P interval (Lancaster; Berry and Armitage 1995), closed at the edges: with no success the limit is the exact one
 * (Clopper and Pearson), with one it lies between the two. `successes` and `n` need not be whole; 0 <= successes <= n, n > 0.
 */
export function shareInterval(successes: number, n: number): Interval {
  if (!(n > 0 && successes >= 0 && successes <= n * (1 + 1e-12)))
    throw new Error(`There is no share of ${successes} successes in ${n}.`);
  return [1 - upperLimit(n - successes, n), upperLimit(successes, n)];
}

function upperLimit(successes: number, n: number): number {
  if (successes >= n) return 1;
  const weight = Math.max(0.5, 1 - 0.35 * successes);
  return root((share) => TAIL - lowerTail(Math.max(0, successes), n, share, weight), successes / n, 1);
}

/** P(X < successes) and a part of P(X = successes). */
const lowerTail = (successes: number, n: number, share: number, weight: number): number =>
  weight * binomialAtMost(successes, n, share) + (1 - weight) * binomialAtMost(successes - 1, n, share);
