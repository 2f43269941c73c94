/** Which part of an example is trained on, when a limit cuts it: what the statistics count and the preview shows. */

/** What a tokenized example is made of. */
export interface MaskedTokens {
  readonly tokens: readonly number[];
  /** As long as `tokens`: 1 where the token is to be learned. */
  readonly lossMask: readonly (0 | 1)[];
  /** Tokens before the completion. */
  readonly promptLength: number;
}

/** Whether the token at a place carries loss. Nothing predicts the first one. */
export const isLearned = ({ lossMask }: MaskedTokens, place: number): boolean => place > 0 && lossMask[place] === 1;

/** Learned tokens from a place on, up to another. */
export function learnedIn(example: MaskedTokens, from: number, to: number): number {
  let count = 0;
  for (let place = from; place < to; place++) if (isLearned(example, place)) count++;
  return count;
}
