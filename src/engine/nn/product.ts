/** Matrix product with transposes and a factor, without gradient: for use inside pieces that bring their own. */
import * as tf from '../tf.ts';
import { fusedOne } from './gradient.ts';

export interface ProductOptions {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
  /** Multiplies the product. */
  readonly alpha?: number;
}

/** a [..., m, k] (or [..., k, m] if transposed) times b [..., k, n] (or [..., n, k]) -> [..., m, n]. */
export const product = (a: tf.Tensor, b: tf.Tensor, options: ProductOptions = {}): tf.Tensor => {
  const { transposeA = false, transposeB = false, alpha = 1 } = options;
  const inOne = fusedOne('FusedMatMul', { a, b }, { transposeA, transposeB, alpha });
  if (inOne) return inOne;
  const plain = tf.matMul(a, b, transposeA, transposeB);
  return alpha === 1 ? plain : tf.mul(plain, alpha);
};
