/** The logarithm of the logistic function, where a loss compares two sequences. */
import * as tf from '../tf.ts';
import { withGradient } from './gradient.ts';

/** x -> -log(1 + exp(-x)), of the same shape; neither end overflows, and the gradient is right where x is 0. */
export const logSigmoid = (x: tf.Tensor): tf.Tensor =>
  withGradient([x], {
    forward: () => {
      const rest = tf.log(tf.add(tf.exp(tf.neg(tf.abs(x))), 1));
      return { value: tf.sub(tf.minimum(x, 0), rest), saved: [x] };
    },
    backward: (dy, saved) => {
      const [given] = saved as [tf.Tensor];
      return [tf.mul(dy, tf.sigmoid(tf.neg(given)))];
    },
  });
