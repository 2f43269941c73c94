/** Matrix products, with transposes and a factor inside the node. */
import type { Shape } from '../../executor.ts';
import * as tf from '../../tf.ts';
import { float, int } from '../graph.ts';
import type { Recorder } from '../recorder.ts';
import { kernel, type Inputs, type RecorderKernel } from './kernel.ts';

export interface ProductAttributes {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  /** Multiplies the product. */
  readonly alpha?: number;
}

const productShape = (a: Shape, b: Shape, { transposeA, transposeB }: ProductAttributes): number[] => {
  const batch = tf.broadcast_util.assertAndGetBroadcastShape(a.slice(0, -2), b.slice(0, -2));
  return [...batch, a.at(transposeA ? -1 : -2) ?? 0, b.at(transposeB ? -2 : -1) ?? 0];
};

const product = (recorder: Recorder, { a, b }: Inputs<'a' | 'b'>, attributes: ProductAttributes): tf.TensorInfo => {
  const { transposeA, transposeB, alpha = 1 } = attributes;
  const shape = productShape(a.shape, b.shape, attributes);
  if (!transposeA && !transposeB && alpha === 1) return recorder.emit('MatMul', [a, b], shape, 'float32');
  return recorder.emit('FusedMatMul', [a, b], shape, 'float32', {
    domain: 'com.microsoft',
    attributes: { transA: int(Number(transposeA)), transB: int(Number(transposeB)), alpha: float(alpha) },
  });
};

export const matmul: readonly RecorderKernel[] = [kernel(tf.BatchMatMul, product), kernel('FusedMatMul', product)];
