/** The cosine length reward (Yeo et al. 2025, arXiv 2502.03373): short right answers earn most, short wrong ones least. */

export interface CosineRange {
  /** Reward at length 0 and at the longest. */
  readonly shortest: number;
  readonly longest: number;
}

export interface CosineOptions {
  readonly most: number;
  readonly correct: CosineRange;
  readonly wrong: CosineRange;
  /** What a completion of the longest length or more earns. */
  readonly exceeded: number;
}

export function cosineLength(tokens: number, isCorrect: boolean, options: CosineOptions): number {
  if (tokens >= options.most) return options.exceeded;
  const { shortest, longest } = isCorrect ? options.correct : options.wrong;
  return longest + ((shortest - longest) * (1 + Math.cos((tokens * Math.PI) / options.most))) / 2;
}
