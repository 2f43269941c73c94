/** Trades time for memory: what lies between a piece's inputs and its value is computed again when the gradient needs it (Chen et al. 2016). */
import type { Tensors } from '../executor.ts';
import * as tf from '../tf.ts';
import { withGradient } from './gradient.ts';

export interface Recomputed {
  /** What the value is computed from, apart from weights: all intermediate results must depend on one of these. */
  readonly from: Tensors;
  /** Get a gradient too, and are kept without a copy. */
  readonly weights: Tensors;
  /** Get no gradient: masks, tables, positions. */
  readonly fixed: Tensors;
  /** Sees all of the above by their names. */
  readonly compute: (tensors: Tensors) => tf.Tensor;
}

/** The value of `compute`; of all it makes on the way nothing is kept for the gradient. */
export const recomputed = ({ from, weights, fixed, compute }: Recomputed): tf.Tensor => {
  const names = [...Object.keys(from), ...Object.keys(weights)];
  const inputs = [...Object.values(from), ...Object.values(weights)];
  const named = (values: readonly tf.Tensor[]): Tensors =>
    Object.fromEntries([...names, ...Object.keys(fixed)].map((name, i) => [name, values[i] as tf.Tensor]));
  return withGradient(inputs, {
    forward: () => {
      const saved = [...inputs, ...Object.values(fixed)];
      return { value: compute(named(saved)), saved };
    },
    backward: (dy, saved) => {
      const nothing = tf.mul(tf.slice(tf.reshape(dy, [-1]), [0], [1]), 0);
      const count = Object.keys(from).length;
      const again = saved.map((value, i) =>
        i < count
          ? tf.add(
              value,
              tf.reshape(
                nothing,
                value.shape.map(() => 1),
              ),
            )
          : value,
      );
      const variable = again.slice(0, inputs.length);
      const grads = gradientsOf(() => compute(named(again)), variable, dy);
      return variable.map((value, i) => grads[i] ?? tf.zerosLike(value));
    },
  });
};

/**
 * Gradients inside of a gradient that is being computed: tfjs has one tape, which the inner one must not take away.
 * That a result depends on dy (by nothing, see above) keeps a graph's optimizer from taking the first computation for the second.
 */
const gradientsOf = (value: () => tf.Tensor, xs: tf.Tensor[], dy: tf.Tensor): readonly (tf.Tensor | undefined)[] => {
  const { state } = tf.engine();
  const outer = state.activeTape;
  try {
    return tf.engine().gradients(value, xs, dy).grads;
  } finally {
    state.activeTape = outer;
  }
};
