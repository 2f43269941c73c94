/** Masks of attention that looks back only so far (Beltagy et al. 2020): a token sees itself and the `window - 1` before it. */
import * as tf from '../tf.ts';
import { HIDDEN } from './attention.ts';

/** 0 on the diagonal and the window - 1 places left of it, very low elsewhere, [T, T]. */
export const slidingWindowMask = (length: number, window: number): tf.Tensor =>
  tf.tensor(
    Float32Array.from({ length: length * length }, (_, i) => {
      const back = Math.floor(i / length) - (i % length);
      return back < 0 || back >= window ? HIDDEN : 0;
    }),
    [length, length],
  );

/** Which cached times a slot may look at: 0 for the window - 1 before its own position, very low elsewhere, [n, 1, 1, T]. */
export const slidingWindowCacheMask = (positions: tf.Tensor, cacheLength: number, window: number): tf.Tensor => {
  const [slots = 0] = positions.shape;
  const times = tf.reshape(tf.range(0, cacheLength, 1, 'int32'), [1, 1, 1, cacheLength]);
  const own = tf.reshape(positions, [slots, 1, 1, 1]);
  const isNear = tf.greater(times, tf.sub(own, tf.scalar(window, 'int32')));
  const isSeen = tf.logicalAnd(tf.less(times, own), isNear);
  return tf.mul(tf.sub(1, tf.cast(isSeen, 'float32')), HIDDEN);
};
