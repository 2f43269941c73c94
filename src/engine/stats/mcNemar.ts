/** McNemar's exact test: whether as many items were fixed as broken, but for chance. */
import { binomialAtMost } from './incompleteBeta.ts';

/** Two-sided p of the sign test on the items that changed; 1 where none did. */
export function mcNemar(fixed: number, broken: number): number {
  return Math.min(1, 2 * binomialAtMost(Math.min(fixed, broken), fixed + broken, 0.5));
}
