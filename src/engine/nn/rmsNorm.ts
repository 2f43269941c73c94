/** Root-mean-square normalization (Zhang & Sennrich 2019) with a learned scale. */
import * as tf from '../tf.ts';
import { fused, withGradient } from './gradient.ts';

/** x [n, d], weight [d] -> weight * x / sqrt(mean(x^2) + epsilon), [n, d]. */
export const rmsNorm = (x: tf.Tensor, weight: tf.Tensor, epsilon: number): tf.Tensor =>
  withGradient([x, weight], {
    forward: () => {
      const [value, scale] =
        fused('SimplifiedLayerNormalization', { x, weight }, { epsilon }) ?? composite(x, weight, epsilon);
      if (!value || !scale) throw new Error('RMSNorm needs the normalized values and their scale.');
      return { value, saved: [x, weight, scale] };
    },
    backward: (dy, [saved, gain, scale]) => (saved && gain && scale ? gradients(dy, saved, gain, scale) : []),
  });

/** The normalized values and 1/rms [n, 1]. */
const composite = (x: tf.Tensor, weight: tf.Tensor, epsilon: number): readonly tf.Tensor[] => {
  const scale = tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), epsilon));
  return [tf.mul(tf.mul(x, scale), weight), scale];
};

/** With u = dy * x: dx = dy * weight * scale - x * scale^3 * mean(u * weight), dweight = sum(u * scale). */
const gradients = (dy: tf.Tensor, x: tf.Tensor, weight: tf.Tensor, scale: tf.Tensor): tf.Tensor[] => {
  const [n = 0, d = 0] = x.shape;
  const u = tf.mul(dy, x);
  const along = tf.matMul(u, tf.reshape(weight, [d, 1])); // [n, 1]
  const pull = tf.mul(along, tf.mul(tf.mul(tf.square(scale), scale), 1 / d));
  const dx = tf.sub(tf.mul(tf.mul(dy, weight), scale), tf.mul(x, pull));
  const dWeight = tf.matMul(tf.reshape(scale, [1, n]), u);
  return [dx, tf.reshape(dWeight, [d])];
};
