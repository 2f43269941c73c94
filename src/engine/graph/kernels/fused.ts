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
  /** -1 for none. */
  readonly window: number;
  /** 0 for none. */
  readonly cap: number;
}

/**
 * q [n, 1, queryHeads*d], k and v [n, 1, keyValueHeads*d], keys and values [n, keyValueHeads, T, d], positions int32 [n] -> what
 * was found [n, 1, queryHeads*d], and the cache with the new rows. The kernel writes nothing but these rows where the cache that
 * it is to make lies in the memory of the one it reads.
 */
const groupQueryAttention = (
  recorder: Recorder,
  inputs: Inputs<'q' | 'k' | 'v' | 'keys' | 'values' | 'positions'>,
  { queryHeads, keyValueHeads, window, cap }: CacheAttributes,
): tf.TensorInfo[] => {
  const { q, k, v, keys, values, positions } = inputs;
  const total = recorder.graph.scalar(keys.shape[2] ?? 0, 'int32');
  const shapes = [q.shape, keys.shape, values.shape];
  return recorder.emitMany('GroupQueryAttention', [q, k, v, keys, values, positions, total], shapes, 'float32', {
    domain: 'com.microsoft',
    attributes: {
      num_heads: int(queryHeads),
      kv_num_heads: int(keyValueHeads),
      scale: float(1),
      softcap: float(cap),
      local_window_size: int(window),
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
