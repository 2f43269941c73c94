/** Puts rows into one order whose every beginning has the strata in their wanted shares: subsets of it are nested by themselves. */
import { randomSource } from '../random/randomSource.ts';

export interface Stratum {
  readonly rows: readonly number[];
  /** Wanted share, relative to those of the others. */
  readonly weight: number;
}

/**
 * Each stratum is shuffled by seed and dealt out evenly: its i-th row (from 0) stands at (i + u) / weight, u by chance in 0 .. 1.
 * Where a stratum is used up, the others go on in their shares.
 */
export function stratifiedOrder(strata: readonly Stratum[], seed: number, purpose: string): Uint32Array {
  const places: { readonly row: number; readonly at: number; readonly tie: number }[] = [];
  strata.forEach(({ rows, weight }, number) => {
    if (!(weight > 0)) return;
    const chance = randomSource(seed, `${purpose}/stratum`, number);
    const offset = chance.uniform(0);
    shuffled(rows, seed, `${purpose}/order`, number).forEach((row, i) =>
      places.push({ row, at: (i + offset) / weight, tie: number }),
    );
  });
  places.sort((a, b) => a.at - b.at || a.tie - b.tie);
  return Uint32Array.from(places, ({ row }) => row);
}

/** Fisher and Yates, from the end. */
function shuffled(rows: readonly number[], seed: number, purpose: string, step: number): number[] {
  const chance = randomSource(seed, purpose, step);
  const order = [...rows];
  for (let last = order.length - 1; last > 0; last--) {
    const other = chance.integer(last, last + 1);
    [order[last], order[other]] = [order[other] ?? 0, order[last] ?? 0];
  }
  return order;
}
