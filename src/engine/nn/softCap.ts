/** Keeps numbers between -cap and cap without a corner (Gemma 2). */
import * as tf from '../tf.ts';

/** cap * tanh(x / cap), of any shape. */
export const softCap = (x: tf.Tensor, cap: number): tf.Tensor => tf.mul(tf.tanh(tf.mul(x, 1 / cap)), cap);
