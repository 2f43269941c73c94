/** Rotary position embedding (Su et al. 2021) in Hugging Face's layout: entry i turns with entry i + d/2 of its head. */
import * as tf from '../tf.ts';
import { fusedOne, withGradient } from './gradient.ts';
import { type RopeScaling, unscaled } from './ropeScaling.ts';

export interface RotaryTable {
  /** [P, d/2] for positions 0..P-1. */
  readonly cosines: tf.Tensor;
  readonly sines: tf.Tensor;
}

/** Angles position * theta^(-2i/d), their frequencies scaled, for the first `positions` positions of heads of width `headDim`. */
export const rotaryTable = (
  positions: number,
  headDim: number,
  theta: number,
  scaling: RopeScaling = unscaled,
): RotaryTable => {
  const half = headDim / 2;
  const frequencies = Array.from({ length: half }, (_, i) => scaling(theta ** ((-2 * i) / headDim)));
  const angles = Array.from(
    { length: positions * half },
    (_, i) => Math.floor(i / half) * (frequencies[i % half] ?? 0),
  );
  return {
    cosines: tf.tensor(Float32Array.from(angles, Math.cos), [positions, half]),
    sines: tf.tensor(Float32Array.from(angles, Math.sin), [positions, half]),
  };
};

/** x [B, T, heads*d] turned by its positions, int32 [B, T] and below the table's length. */
export const rotary = (x: tf.Tensor, positions: tf.Tensor, table: RotaryTable): tf.Tensor =>
  withGradient([x], {
    forward: () => ({ value: turn(x, positions, table), saved: [positions, table.cosines, table.sines] }),
    backward: (dy, saved) => {
      const [at, cosines, sines] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
      return [turn(dy, at, { cosines, sines: tf.neg(sines) })];
    },
  });

const turn = (x: tf.Tensor, positions: tf.Tensor, { cosines, sines }: RotaryTable): tf.Tensor =>
  fusedOne('RotaryEmbedding', { x, positions, cosines, sines }) ?? composite(x, positions, { cosines, sines });

const composite = (x: tf.Tensor, positions: tf.Tensor, { cosines, sines }: RotaryTable): tf.Tensor => {
  const [batch = 0, length = 0, width = 0] = x.shape;
  const [, half = 0] = cosines.shape;
  const at = (angles: tf.Tensor): tf.Tensor =>
    tf.reshape(tf.gather(angles, tf.reshape(positions, [batch * length])), [batch, length, 1, half]);
  const [c, s] = [at(cosines), at(sines)];
  const pairs = tf.reshape(x, [batch, length, width / (2 * half), 2 * half]);
  const [a, b] = tf.split(pairs, 2, 3) as [tf.Tensor, tf.Tensor];
  const turned = tf.concat([tf.sub(tf.mul(a, c), tf.mul(b, s)), tf.add(tf.mul(b, c), tf.mul(a, s))], 3);
  return tf.reshape(turned, [batch, length, width]);
};
