/** A linear layer without bias, with the weight as Hugging Face keeps it. */
import * as tf from '../tf.ts';

/** x [n, in], weight [out, in] -> [n, out]. tfjs's own gradient needs no transposed copies. */
export const linear = (x: tf.Tensor, weight: tf.Tensor): tf.Tensor => tf.matMul(x, weight, false, true);
