/** To which lengths batches of completions are padded: few, as each takes a program with memory of its own, and rollouts have all lengths in time. */
import { bucketOf } from '../../config/buckets.ts';

/** Quarters of the longest. */
const LENGTHS = 4;
/** Of these lengths, so many have their programs at a time. */
export const MOST_SHAPES = 2;

/** Ascending; `longest` is what prompt and completion may take together. */
export const policyLengths = (longest: number): readonly number[] => [
  ...new Set(Array.from({ length: LENGTHS }, (_, i) => bucketOf((longest * (i + 1)) / LENGTHS))),
];

/** The first of `lengths` that holds a sequence. */
export const paddedTo =
  (lengths: readonly number[]) =>
  (length: number): number =>
    lengths.find((one) => one >= length) ?? bucketOf(length);
