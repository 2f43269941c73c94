/** Which problems of a file are held out to measure with: those of the smallest chances, so that the fewer are a part of the more. */
import { randomSource } from '../random/randomSource.ts';
import { textHash } from './textHash.ts';

/** Equal for examples of the same prompt: 53 of the 64 bits of its hash. */
export function problemKey(prompt: string): number {
  const [high, low] = textHash(prompt);
  return high * 2 ** 21 + (low >>> 11);
}

/** In [0, 1), by the problem and the seed alone, whatever else is in the file. */
export function heldOutChance(seed: number): (key: number) => number {
  const source = randomSource(seed, 'heldOutRows');
  return (key) => source.uniform(key);
}
