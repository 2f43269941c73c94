/** A shuffled order without an array: a Feistel network over the next power of two, walked until it lands inside. */
import { randomSource } from './randomSource.ts';

const ROUNDS = 6;

/**
 * A bijection of 0 .. size-1, different for each (seed, purpose, step).
 * @param size 1 .. 2^32
 */
export function permutation(size: number, seed: number, purpose: string, step = 0): (position: number) => number {
  const bits = Math.max(2, Math.ceil(Math.log2(size)));
  const low = 2 ** (bits >> 1);
  const high = 2 ** (bits - (bits >> 1));
  const rounds = Array.from({ length: ROUNDS }, (_, round) => randomSource(seed, `${purpose}/round${round}`, step));
  const encipher = (position: number): number => {
    let left = Math.floor(position / low);
    let right = position % low;
    rounds.forEach((round, i) => {
      if (i % 2 === 0) left = (left + round.integer(right, high)) % high;
      else right = (right + round.integer(left, low)) % low;
    });
    return left * low + right;
  };
  return (position) => {
    if (!(position >= 0 && position < size)) throw new Error(`Position ${position} is outside 0 .. ${size - 1}.`);
    let place = encipher(position);
    while (place >= size) place = encipher(place);
    return place;
  };
}
