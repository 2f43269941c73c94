/** The gated activation of GeGLU (Shazeer 2020), with the tanh approximation of GELU (`gelu_pytorch_tanh`). */
import * as tf from '../tf.ts';
import { withGradient } from './gradient.ts';

const ROOT = Math.sqrt(2 / Math.PI);
const CUBIC = 0.044715;

/** gate and up [n, f] -> gelu(gate) * up, [n, f], with gelu(g) = g / 2 * (1 + tanh(sqrt(2 / pi) * (g + 0.044715 g^3))). */
export const geGlu = (gate: tf.Tensor, up: tf.Tensor): tf.Tensor =>
  withGradient([gate, up], {
    forward: () => {
      const bent = tf.tanh(tf.mul(gate, tf.mul(ROOT, tf.add(tf.mul(tf.square(gate), CUBIC), 1))));
      return { value: tf.mul(tf.mul(gate, share(bent)), up), saved: [gate, up, bent] };
    },
    backward: (dy, saved) => {
      const [input, other, bent] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
      const inner = tf.mul(ROOT, tf.add(tf.mul(tf.square(input), 3 * CUBIC), 1));
      const bend = tf.mul(tf.mul(input, 0.5), tf.mul(tf.sub(1, tf.square(bent)), inner));
      const slope = tf.add(share(bent), bend);
      return [tf.mul(tf.mul(dy, other), slope), tf.mul(dy, tf.mul(input, share(bent)))];
    },
  });

const share = (bent: tf.Tensor): tf.Tensor => tf.add(tf.mul(bent, 0.5), 0.5);
