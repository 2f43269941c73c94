/** Where a rising function crosses zero. */

/** `f(low) <= 0 <= f(high)`; false position with halving (Illinois), to about 1e-13 of the interval. */
export function root(f: (x: number) => number, low: number, high: number): number {
  let [a, b, atA, atB] = [low, high, f(low), f(high)];
  let side = 0;
  for (let i = 0; i < 200 && b - a > 1e-13 * (high - low); i++) {
    const isSlow = i % 3 === 2;
    const x = isSlow || atB === atA ? (a + b) / 2 : (a * atB - b * atA) / (atB - atA);
    const value = f(x);
    if (value === 0) return x;
    if (value < 0) {
      [a, atA] = [x, value];
      if (side < 0) atB /= 2;
      side = -1;
    } else {
      [b, atB] = [x, value];
      if (side > 0) atA /= 2;
      side = 1;
    }
  }
  return (a + b) / 2;
}
