/** A linear layer, with the weight as Hugging Face keeps it. */
import * as tf from '../tf.ts';

/** x [n, in], weight [out, in], bias [out] where it has one -> [n, out]. tfjs's own gradient needs no transposed copies. */
export const linear = (x: tf.Tensor, weight: tf.Tensor, bias?: tf.Tensor): tf.Tensor => {
  const product = tf.matMul(x, weight, false, true);
  return bias ? tf.add(product, bias) : product;
};
