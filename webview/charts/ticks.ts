/** Round numbers along an axis. Numbers only: no document. */

/** Steps of 1, 2 or 5 times a power of ten, about `count` of them, that cover both ends. */
export function ticksOver(low: number, high: number, count = 5): number[] {
  const step = roundStep((high - low) / count);
  const [first, last] = [Math.floor(low / step + 1e-9), Math.ceil(high / step - 1e-9)];
  return Array.from({ length: Math.max(2, last - first + 1) }, (_, at) => (first + at) * step);
}

/** The next 1, 2 or 5 times a power of ten; 1 for nothing. */
export function roundStep(least: number): number {
  if (!(least > 0) || !Number.isFinite(least)) return 1;
  const power = 10 ** Math.floor(Math.log10(least));
  const factor = [1, 2, 5, 10].find((one) => one * power >= least * (1 - 1e-9)) ?? 10;
  return factor * power;
}
