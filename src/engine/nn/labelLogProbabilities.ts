/** Log-probabilities of given tokens, one per row; positions labelled IGNORED are 0. */
import * as tf from '../tf.ts';
import { labelled } from './crossEntropy.ts';
import { withGradient } from './gradient.ts';

/** logits [n, V], labels int32 [n] (a negative one is ignored) -> log softmax(logits)[label] of each row, [n]. */
export const labelLogProbabilities = (logits: tf.Tensor, labels: tf.Tensor): tf.Tensor =>
  withGradient([logits], {
    forward: () => {
      const logProbabilities = tf.logSoftmax(logits);
      return {
        value: tf.sum(tf.mul(logProbabilities, labelled(labels, logits)), 1),
        saved: [logProbabilities, labels],
      };
    },
    backward: (dy, saved) => {
      const [logs, targets] = saved as [tf.Tensor, tf.Tensor];
      const counts = tf.reshape(tf.cast(tf.greaterEqual(targets, 0), 'float32'), [-1, 1]);
      const lack = tf.sub(labelled(targets, logs), tf.mul(tf.exp(logs), counts));
      return [tf.mul(lack, tf.reshape(dy, [-1, 1]))];
    },
  });
