/** Fused names that the pieces in nn/ call where the recorder is at work; each has a composite definition there. */
import type * as tf from '../../tf.ts';
import { float, int } from '../graph.ts';
import type { Recorder } from '../recorder.ts';
import { kernel, type Inputs, type RecorderKernel } from './kernel.ts';

/** x [..., d], weight [d] -> normalized [..., d] and 1/rms [..., 1]. */
const rmsNorm = (
  recorder: Recorder,
  { x, weight }: Inputs<'x' | 'weight'>,
  { epsilon }: { readonly epsilon: number },
): tf.TensorInfo[] =>
  recorder.emitMany('SimplifiedLayerNormalization', [x, weight], [x.shape, [...x.shape.slice(0, -1), 1]], 'float32', {
    attributes: { axis: int(-1), epsilon: float(epsilon), stash_type: int(1) },
  });

/** x [B, T, H*d] turned by the angles of `positions` [B, T]; cosines and sines [P, d/2]. */
const rotary = (recorder: Recorder, inputs: Inputs<'x' | 'positions' | 'cosines' | 'sines'>): tf.TensorInfo => {
  const { x, positions, cosines, sines } = inputs;
  const wide = recorder.graph.node('Cast', [recorder.name(positions)], [{ shape: positions.shape, dtype: 'int64' }], {
    attributes: { to: int(7) },
  });
  return recorder.emit('RotaryEmbedding', [x, ...wide, cosines, sines], x.shape, 'float32', {
    domain: 'com.microsoft',
    attributes: { interleaved: int(0) },
  });
};

/** x -> x * sigmoid(x). */
const silu = (recorder: Recorder, { x }: Inputs<'x'>): tf.TensorInfo =>
  recorder.emit('QuickGelu', [x], x.shape, 'float32', {
    domain: 'com.microsoft',
    attributes: { alpha: float(1) },
  });

/** The sum of the squares of all entries, []. */
const sumOfSquares = (recorder: Recorder, { x }: Inputs<'x'>): tf.TensorInfo =>
  recorder.emit('ReduceSumSquare', [x], [], 'float32', { attributes: { keepdims: int(0) } });

interface CacheAttributes {
  readonly queryHeads: number;
  readonly keyValueHeads: number;
  /** 0 for none. */
  readonly cap: number;
}

/**
 * q [n, 1, queryHeads*d], k and v [n, 1, keyValueHeads*d], keys and values [n, keyValueHeads, T, d], mask [n, 1, 1, T] -> what
 * was found [n, 1, queryHeads*d], and the cache with k and v at time T - 1, which is all that is written where the cache that
 * comes out lies in the memory of the one that goes in.
 */
const groupQueryAttention = (
  recorder: Recorder,
  { q, k, v, keys, values, mask }: Inputs<'q' | 'k' | 'v' | 'keys' | 'values' | 'mask'>,
  { queryHeads, keyValueHeads, cap }: CacheAttributes,
): tf.TensorInfo[] => {
  const [slots = 0, , length = 0] = keys.shape;
  // The kernel is told that all slots are full: blocks of memory with gaps between them are read at half the speed.
  const lastTimes = recorder.graph.constant(new Int32Array(slots).fill(length - 1), [slots], 'int32');
  const total = recorder.graph.scalar(length, 'int32');
  const inputs = [q, k, v, keys, values, lastTimes, total, '', '', '', mask];
  return recorder.emitMany('GroupQueryAttention', inputs, [q.shape, keys.shape, values.shape], 'float32', {
    domain: 'com.microsoft',
    attributes: {
      num_heads: int(queryHeads),
      kv_num_heads: int(keyValueHeads),
      scale: float(1),
      softcap: float(cap),
    },
  });
};

export const fused: readonly RecorderKernel[] = [
  kernel('SimplifiedLayerNormalization', rmsNorm),
  kernel('RotaryEmbedding', rotary),
  kernel('QuickGelu', silu),
  kernel('ReduceSumSquare', sumOfSquares),
  kernel('GroupQueryAttention', groupQueryAttention),
];
