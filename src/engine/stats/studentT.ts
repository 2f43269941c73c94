/** Student's t distribution. */
import { incompleteBeta } from './incompleteBeta.ts';
import { root } from './root.ts';

/** The value below which t with `degrees` (>= 1) degrees of freedom lies with probability `p`, 0.5 <= p < 1. */
export function studentTQuantile(p: number, degrees: number): number {
  let high = 1;
  while (cumulative(high, degrees) < p) high *= 2;
  return root((t) => cumulative(t, degrees) - p, 0, high);
}

/** P(T <= t) for t >= 0. */
const cumulative = (t: number, degrees: number): number =>
  1 - incompleteBeta(degrees / (degrees + t * t), degrees / 2, 0.5) / 2;
