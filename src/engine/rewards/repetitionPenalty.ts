/** The penalty for repeated n-grams (Yeo et al. 2025, arXiv 2502.03373; open-r1's `repetition_penalty_reward`). */

/** `most` (<= 0) times the share of the n-grams of these tokens that were there before; 0 for fewer than n tokens. */
export function repetitionPenalty(
  tokens: readonly (number | string)[],
  { n, most }: { readonly n: number; readonly most: number },
): number {
  if (!(most <= 0 && n >= 1)) throw new Error(`A penalty of ${most} for ${n}-grams is none: it must be 0 or below.`);
  const total = tokens.length - n + 1;
  if (total < 1) return 0;
  const seen = new Set(Array.from({ length: total }, (_, at) => JSON.stringify(tokens.slice(at, at + n))));
  return most * (1 - seen.size / total);
}
