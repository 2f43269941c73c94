/** A fair draw from a stream whose length nobody knows (Li 1994, algorithm L): looks only at the items it takes. */
import { randomSource, type RandomSource } from '../random/randomSource.ts';

/** Draws `size` of the numbers 0, 1, 2 … that are offered in order, each with the same chance. */
export class Reservoir {
  readonly #size: number;
  readonly #random: RandomSource;
  #draw = 0;
  #weight = 1;
  #next: number;

  constructor(size: number, seed: number) {
    this.#size = size;
    this.#random = randomSource(seed, 'preflight');
    this.#next = size - 1;
    if (size > 0) this.#leap();
  }

  /** The slot in 0 .. size-1 that the item takes, whoever was there; null where it is passed over. Each number once, ascending. */
  offer(item: number): number | null {
    if (item < this.#size) return item;
    if (item !== this.#next || this.#size === 0) return null;
    const slot = Math.floor(this.#uniform() * this.#size);
    this.#leap();
    return slot;
  }

  #leap(): void {
    this.#weight *= Math.exp(Math.log(this.#uniform()) / this.#size);
    this.#next += Math.floor(Math.log(this.#uniform()) / Math.log1p(-this.#weight)) + 1;
  }

  /** In (0, 1). */
  #uniform(): number {
    return Math.max(Number.EPSILON, this.#random.uniform(this.#draw++));
  }
}
