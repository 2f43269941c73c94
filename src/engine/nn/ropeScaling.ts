/** Slower rotary frequencies, with which a model reads further than it was first trained to. */

/** Changes a frequency, in radians per token. */
export type RopeScaling = (frequency: number) => number;

export const unscaled: RopeScaling = (frequency) => frequency;

/** Positions count 1 / factor (Chen et al. 2023). */
export const linearScaling =
  (factor: number): RopeScaling =>
  (frequency) =>
    frequency / factor;

export interface ProportionalScaling {
  /** Share of the pairs of a head that turn; the slow ones stand still. */
  readonly share: number;
  readonly factor: number;
  readonly theta: number;
  readonly headDim: number;
}

/** The slow pairs do not turn at all, and so carry content without place (Barbero et al. 2024), as transformers computes it. */
export const proportionalScaling = ({ share, factor, theta, headDim }: ProportionalScaling): RopeScaling => {
  const turning = Math.floor((share * headDim) / 2);
  const slowest = theta ** ((1 - 2 * turning) / headDim);
  return (frequency) => (frequency > slowest ? frequency / factor : 0);
};

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

export interface YarnScaling {
  readonly factor: number;
  /** Tokens that the model was first trained to read. */
  readonly originalMaxPositions: number;
  /** Whole turns within them from which on a frequency is not slowed, and up to which it is slowed by `factor`. */
  readonly betaFast: number;
  readonly betaSlow: number;
  /** Whether the bounds between are rounded to whole entries of a head. */
  readonly isTruncated: boolean;
  readonly theta: number;
  readonly headDim: number;
}

/** YaRN (Peng et al. 2023), as transformers computes it: by the place of a frequency in a head, with a ramp between the bounds. */
export const yarnScaling = (scaling: YarnScaling): RopeScaling => {
  const { factor, betaFast, betaSlow, isTruncated, theta, headDim } = scaling;
  const [fast, slow] = [placeOf(betaFast, scaling), placeOf(betaSlow, scaling)];
  const low = Math.max(isTruncated ? Math.floor(fast) : fast, 0);
  const high = Math.min(isTruncated ? Math.ceil(slow) : slow, headDim - 1);
  const width = high === low ? 0.001 : high - low;
  return (frequency) => {
    const place = Math.round((-Math.log(frequency) / Math.log(theta)) * (headDim / 2));
    const share = Math.min(Math.max((place - low) / width, 0), 1);
    return (share * frequency) / factor + (1 - share) * frequency;
  };
};

/** The entry of a head, with a fraction, that turns so often within the original context. */
const placeOf = (turns: number, { headDim, originalMaxPositions, theta }: YarnScaling): number =>
  (headDim * Math.log(originalMaxPositions / (turns * 2 * Math.PI))) / (2 * Math.log(theta));
