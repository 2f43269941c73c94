/** How a piece brings its own gradient, and how it asks for a fused kernel where the backend has one. */
import * as tf from '../tf.ts';

type Saved = readonly tf.Tensor[];

export interface Differentiable {
  /** Computes the value and names the tensors that the gradient needs again. */
  readonly forward: () => { readonly value: tf.Tensor; readonly saved: Saved };
  /** One gradient per input, from the gradient of the value and the saved tensors in their order. */
  readonly backward: (dy: tf.Tensor, saved: Saved) => tf.Tensor[];
}

/**
 * The value of `forward` as a function of `inputs` whose gradient is `backward`.
 * Whatever else `backward` needs (indices, tables) has to be among `saved`, or it is gone by then.
 */
export const withGradient = (inputs: readonly tf.Tensor[], { forward, backward }: Differentiable): tf.Tensor =>
  tf.customGrad((...parameters) => {
    const save = parameters.at(-1) as tf.GradSaveFunc;
    const { value, saved } = forward();
    save([...saved]);
    return { value, gradFunc: (dy: tf.Tensor, kept: tf.Tensor[]) => backward(dy, kept) };
  })(...inputs);

/** The outputs of a fused kernel, or null where the backend at work does not have it. */
export const fused = (
  name: string,
  inputs: tf.NamedTensorMap,
  attributes: tf.NamedAttrMap = {},
): readonly tf.Tensor[] | null => {
  if (!tf.getKernel(name, tf.getBackend())) return null;
  const outputs = tf.engine().runKernel<tf.Tensor | tf.Tensor[]>(name, inputs, attributes);
  return Array.isArray(outputs) ? outputs : [outputs];
};

/** The single output of a fused kernel, or null. */
export const fusedOne = (name: string, inputs: tf.NamedTensorMap, attributes: tf.NamedAttrMap = {}): tf.Tensor | null =>
  fused(name, inputs, attributes)?.[0] ?? null;
