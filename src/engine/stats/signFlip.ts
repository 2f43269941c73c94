/** The paired randomization test: what the mean difference would be if it were chance which side is which. */
import { randomSource } from '../random/randomSource.ts';

const ROUNDS = 9999;
const BITS = 32;

/**
 * Two-sided p of the mean of `differences` against all ways to turn their signs, from 9,999 of them drawn by `seed`
 * (so p is at least 0.0001). 1 where nothing differs.
 */
export function signFlipTest(differences: readonly number[], seed: number): number {
  const values = differences.filter((value) => value !== 0);
  const seen = Math.abs(values.reduce((sum, value) => sum + value, 0));
  if (values.length === 0) return 1;
  const source = randomSource(seed, 'signFlip');
  const words = Math.ceil(values.length / BITS);
  let asFar = 1;
  for (let round = 0; round < ROUNDS; round++)
    if (Math.abs(turnedSum(values, (word) => source.integer(round * words + word, 2 ** BITS))) >= seen - 1e-9) asFar++;
  return asFar / (ROUNDS + 1);
}

function turnedSum(values: readonly number[], wordAt: (word: number) => number): number {
  let sum = 0;
  let word = 0;
  values.forEach((value, i) => {
    if (i % BITS === 0) word = wordAt(i / BITS);
    sum += (word >>> (i % BITS)) & 1 ? value : -value;
  });
  return sum;
}
