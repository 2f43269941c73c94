/** Cross-entropy of tokens, summed; positions labelled IGNORED count nothing. */
import * as tf from '../tf.ts';
import { withGradient } from './gradient.ts';

/** The label of a position that is not learned from (Hugging Face's convention). */
export const IGNORED = -100;

/** logits [n, V], labels int32 [n] (a negative one is ignored) -> sum over labelled rows of -log softmax(logits)[label], []. */
export const crossEntropy = (logits: tf.Tensor, labels: tf.Tensor): tf.Tensor =>
  withGradient([logits], {
    forward: () => {
      const logProbabilities = tf.logSoftmax(logits);
      const value = tf.neg(tf.sum(tf.mul(logProbabilities, labelled(labels, logits))));
      return { value, saved: [logProbabilities, labels] };
    },
    backward: (dy, saved) => {
      const [logs, targets] = saved as [tf.Tensor, tf.Tensor];
      const counts = tf.reshape(tf.cast(tf.greaterEqual(targets, 0), 'float32'), [-1, 1]);
      const excess = tf.sub(tf.mul(tf.exp(logs), counts), labelled(targets, logs));
      return [tf.mul(excess, dy)];
    },
  });

/** 1 where a row's label is, else 0, [n, V]; a row that is not labelled is 0 throughout. */
export const labelled = (labels: tf.Tensor, { shape: [rows = 0, classes = 0] }: tf.Tensor): tf.Tensor =>
  tf.cast(tf.equal(tf.reshape(labels, [rows, 1]), tf.range(0, classes, 1, 'int32')), 'float32');
