/**
 * Exponential moving average with the bias of the start taken out (as in Adam), so that the first points are not pulled
 * to zero. `weight` is that of the past over the smallest distance between two steps; a wider distance counts more, so
 * that a thinned curve is as smooth as the whole one. A null stays null and leaves the average as it was.
 */
export function smooth(
  steps: readonly number[],
  values: readonly (number | null)[],
  weight: number,
): readonly (number | null)[] {
  if (weight <= 0) return values;
  const unit = smallestDistance(steps);
  let [average, mass, last] = [0, 0, (steps[0] ?? 0) - unit];
  return values.map((value, at) => {
    if (value === null) return null;
    const step = steps[at] ?? last;
    const past = weight ** Math.max(1, (step - last) / unit);
    average = past * average + (1 - past) * value;
    mass = past * mass + (1 - past);
    last = step;
    return average / mass;
  });
}

function smallestDistance(steps: readonly number[]): number {
  let least = Infinity;
  for (let at = 1; at < steps.length; at++) least = Math.min(least, (steps[at] ?? 0) - (steps[at - 1] ?? 0));
  return least > 0 && Number.isFinite(least) ? least : 1;
}
