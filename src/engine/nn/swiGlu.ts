/** The gated activation of SwiGLU (Shazeer 2020). */
import * as tf from '../tf.ts';
import { withGradient } from './gradient.ts';

/** gate and up [n, f] -> silu(gate) * up, [n, f]. */
export const swiGlu = (gate: tf.Tensor, up: tf.Tensor): tf.Tensor =>
  withGradient([gate, up], {
    forward: () => {
      const share = tf.sigmoid(gate);
      const active = tf.mul(gate, share);
      return { value: tf.mul(active, up), saved: [up, share, active] };
    },
    backward: (dy, saved) => {
      const [kept, share, active] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
      // silu'(g) = s + silu(g) * (1 - s)
      const slope = tf.add(share, tf.mul(active, tf.sub(1, share)));
      return [tf.mul(tf.mul(dy, kept), slope), tf.mul(dy, active)];
    },
  });
