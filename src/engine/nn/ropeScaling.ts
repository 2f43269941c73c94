/** Slower rotary frequencies, with which a model reads further than it was first trained to. */

/** Changes a frequency, in radians per token. */
export type RopeScaling = (frequency: number) => number;

export const unscaled: RopeScaling = (frequency) => frequency;

/** Positions count 1 / factor (Chen et al. 2023). */
export const linearScaling =
  (factor: number): RopeScaling =>
  (frequency) =>
    frequency / factor;

export interface Llama3Scaling {
  readonly factor: number;
  readonly lowFreqFactor: number;
  /** Above `lowFreqFactor`. */
  readonly highFreqFactor: number;
  /** Tokens that the model was first trained to read. */
  readonly originalMaxPositions: number;
}

/** Llama 3.1: turns that are long beside the original context are slowed by `factor`, short ones not at all, those between by degrees. */
export const llama3Scaling =
  ({ factor, lowFreqFactor, highFreqFactor, originalMaxPositions }: Llama3Scaling): RopeScaling =>
  (frequency) => {
    const turns = (originalMaxPositions * frequency) / (2 * Math.PI);
    if (turns > highFreqFactor) return frequency;
    if (turns < lowFreqFactor) return frequency / factor;
    const share = (turns - lowFreqFactor) / (highFreqFactor - lowFreqFactor);
    return ((1 - share) * frequency) / factor + share * frequency;
  };
