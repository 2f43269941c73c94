/** From a number in [0, 1) to an index, in proportion to weights. */

/**
 * The first index whose cumulated weight exceeds `u` times the total. Weights are >= 0 and need not add up to 1.
 * Never an index of weight 0; throws where all weights are 0 or one is not finite.
 */
export function sampleIndex(weights: ArrayLike<number>, u: number): number {
  let total = 0;
  for (let i = 0; i < weights.length; i++) total += weights[i] ?? 0;
  if (!(total > 0 && total < Infinity)) throw new Error(`Cannot sample from weights that add up to ${total}.`);
  let left = u * total;
  let last = 0;
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i] ?? 0;
    if (weight <= 0) continue;
    last = i;
    left -= weight;
    if (left < 0) return i;
  }
  return last;
}
