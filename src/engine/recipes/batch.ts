/** Sequences side by side, padded on the right, by place and not by token, to a length from a short list, so that few programs need compiling. */
import { bucketOf } from '../../config/buckets.ts';

export interface Example {
  /** Prompt, completion and end token. */
  readonly tokens: ArrayLike<number>;
  /** Whether the token at a place is learned. The first one never is: nothing stands before it. */
  readonly isLearned: (place: number) => boolean;
}

export interface Batch {
  readonly size: number;
  readonly length: number;
  /** [size, length] */
  readonly inputIds: Int32Array;
  /** [size, length]; the token that follows, or -100 where nothing is learned. */
  readonly labels: Int32Array;
  /** Tokens without padding. */
  readonly tokens: number;
  /** Tokens that are learned. */
  readonly labelled: number;
}

const IGNORED = -100;

/** The last token of a sequence is only ever a label: inputs are one shorter than the examples. */
export function batchOf(examples: readonly Example[], padToken: number): Batch {
  const length = bucketOf(Math.max(...examples.map(({ tokens }) => tokens.length - 1)));
  const inputIds = new Int32Array(examples.length * length).fill(padToken);
  const labels = new Int32Array(examples.length * length).fill(IGNORED);
  let labelled = 0;
  examples.forEach(({ tokens, isLearned }, row) => {
    for (let at = 1; at < tokens.length; at++) {
      inputIds[row * length + at - 1] = tokens[at - 1] ?? padToken;
      if (!isLearned(at)) continue;
      labels[row * length + at - 1] = tokens[at] ?? IGNORED;
      labelled++;
    }
  });
  const tokens = examples.reduce((sum, example) => sum + example.tokens.length, 0);
  return { size: examples.length, length, inputIds, labels, tokens, labelled };
}
