/**
 * The loss of a pair of completions under direct preference optimization (DPO, arXiv 2305.18290), with smoothed labels
 * (conservative DPO) or after IPO (arXiv 2310.12036), whose log-probabilities are means per token, as TRL has it.
 */
import * as tf from '../tf.ts';
import { logSigmoid } from './logSigmoid.ts';

/** All [2P], one entry per sequence: of each pair the chosen one, then the rejected one. */
export interface PairSequences {
  /** Of the completion under the policy that learns, summed over its tokens. */
  readonly logProbabilities: tf.Tensor;
  /** The same under the reference. */
  readonly reference: tf.Tensor;
  /** Tokens of the completion. */
  readonly lengths: tf.Tensor;
}

/** In TRL's words. */
export interface PreferenceLossSettings {
  readonly lossType: 'sigmoid' | 'ipo';
  /** How strongly the policy is held to the reference. */
  readonly beta: number;
  /** Share of the pairs that are taken to be judged the wrong way round; of `sigmoid` only. */
  readonly labelSmoothing: number;
}

/** All [P]. A reward is beta times what a completion became likelier than under the reference, in nats. */
export interface PairTerms {
  readonly loss: tf.Tensor;
  readonly chosenReward: tf.Tensor;
  readonly rejectedReward: tf.Tensor;
  /** Log-probabilities under the policy. */
  readonly chosen: tf.Tensor;
  readonly rejected: tf.Tensor;
}

export const preferenceLoss = (sequences: PairSequences, settings: PreferenceLossSettings): PairTerms => {
  const { logProbabilities, reference } = measured(sequences, settings);
  const [chosen, rejected] = apart(logProbabilities);
  const [chosenRatio, rejectedRatio] = apart(tf.sub(logProbabilities, reference));
  return {
    loss: lossOf(tf.sub(chosenRatio, rejectedRatio), settings),
    chosenReward: tf.mul(chosenRatio, settings.beta),
    rejectedReward: tf.mul(rejectedRatio, settings.beta),
    chosen,
    rejected,
  };
};

/** Of sums, or for IPO of means per token. */
const measured = (
  { logProbabilities, reference, lengths }: PairSequences,
  { lossType }: PreferenceLossSettings,
): Omit<PairSequences, 'lengths'> =>
  lossType === 'ipo'
    ? { logProbabilities: tf.div(logProbabilities, lengths), reference: tf.div(reference, lengths) }
    : { logProbabilities, reference };

/** `margin` [P]: how much likelier the chosen completion became than the rejected one. */
const lossOf = (margin: tf.Tensor, { lossType, beta, labelSmoothing }: PreferenceLossSettings): tf.Tensor => {
  switch (lossType) {
    case 'sigmoid': {
      const scaled = tf.mul(margin, beta);
      const right = tf.mul(logSigmoid(scaled), labelSmoothing - 1);
      return labelSmoothing === 0 ? right : tf.sub(right, tf.mul(logSigmoid(tf.neg(scaled)), labelSmoothing));
    }
    case 'ipo':
      return tf.square(tf.sub(margin, 1 / (2 * beta)));
    default:
      return lossType satisfies never;
  }
};

/** [2P] -> those of the chosen sequences and of the rejected ones, [P] each. */
const apart = (values: tf.Tensor): [chosen: tf.Tensor, rejected: tf.Tensor] => {
  const [first, second] = tf.split(tf.reshape(values, [-1, 2]), 2, 1);
  if (!first || !second) throw new Error('The sequences are no pairs.');
  return [tf.reshape(first, [-1]), tf.reshape(second, [-1])];
};
