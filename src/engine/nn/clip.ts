/** The length of all gradients together, and the factor that shortens them to a limit (torch.nn.utils.clip_grad_norm_). */
import * as tf from '../tf.ts';
import { fusedOne } from './gradient.ts';

/** sqrt of the sum of squares over all tensors, []. */
export const globalNorm = (tensors: readonly tf.Tensor[]): tf.Tensor =>
  tf.sqrt(tensors.map(sumOfSquares).reduce((sum, part) => tf.add(sum, part)));

const sumOfSquares = (x: tf.Tensor): tf.Tensor => fusedOne('ReduceSumSquare', { x }) ?? tf.sum(tf.square(x));

/** min(1, limit / (norm + 1e-6)), []. */
export const clipFactor = (norm: tf.Tensor, limit: number): tf.Tensor =>
  tf.minimum(tf.div(limit, tf.add(norm, 1e-6)), 1);
