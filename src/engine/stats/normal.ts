/** The standard normal distribution. */

/** P(X <= x), to 1e-7 (Abramowitz and Stegun 26.2.17). */
export function normalBelow(x: number): number {
  if (x > 0) return 1 - normalBelow(-x);
  const t = 1 / (1 - 0.2316419 * x);
  const series = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)) * series;
}
