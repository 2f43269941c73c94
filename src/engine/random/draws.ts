/** A row of draws from one source, for code that needs an unknown number of them (a problem, a written trace). */
import type { RandomSource } from './randomSource.ts';

export class Draws {
  private position = 0;
  private readonly source: RandomSource;

  constructor(source: RandomSource) {
    this.source = source;
  }

  /** An integer from `low` to `high`, both included. */
  integer(low: number, high: number): number {
    return low + this.source.integer(this.position++, high - low + 1);
  }

  /** True with the given probability. */
  chance(probability: number): boolean {
    return this.source.uniform(this.position++) < probability;
  }

  /** One of a list that is not empty. */
  pick<T>(list: readonly T[]): T {
    const picked = list[this.integer(0, list.length - 1)];
    if (picked === undefined) throw new Error('Draws.pick needs a list with at least one entry.');
    return picked;
  }
}
