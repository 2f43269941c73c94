/** One AdamW update (Loshchilov & Hutter 2019) with PyTorch's meaning: decoupled decay, corrected moments, epsilon outside the root. */
import * as tf from '../tf.ts';

export interface AdamWSettings {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Per unit of learning rate; 0 for tensors that do not decay. */
  readonly weightDecay: number;
}

/** The scalars of one step, shared by all tensors. */
export interface AdamWStep {
  readonly learningRate: tf.Tensor;
  /** 1-based, float32. */
  readonly step: tf.Tensor;
  /** Multiplies the gradient, e.g. to clip it. */
  readonly factor: tf.Tensor;
}

export interface Moments {
  readonly weight: tf.Tensor;
  readonly m: tf.Tensor;
  readonly v: tf.Tensor;
}

/** What the tensors of one step share. */
export const adamWScalars = ({ beta1, beta2, epsilon }: AdamWSettings, { learningRate, step, factor }: AdamWStep) => {
  const root2 = tf.sqrt(correction(beta2, step));
  return {
    rate: learningRate,
    keep1: beta1,
    take1: tf.mul(factor, 1 - beta1),
    keep2: beta2,
    take2: tf.mul(tf.square(factor), 1 - beta2),
    /** lr / (1 - beta1^t), with the root of the second correction moved up to it. */
    stride: tf.div(tf.mul(learningRate, root2), correction(beta1, step)),
    epsilon: tf.mul(root2, epsilon),
  };
};

/** 1 - beta^step by way of tanh, since 1 - 0.999^1 would lose four digits in float32. */
const correction = (beta: number, step: tf.Tensor): tf.Tensor => {
  if (beta === 0) return tf.scalar(1);
  const t = tf.tanh(tf.mul(step, Math.log(beta) / 2));
  return tf.div(tf.mul(t, -2), tf.sub(1, t));
};

export type AdamWScalars = ReturnType<typeof adamWScalars>;

/** All tensors have the shape of `weight`. weightDecay applies here as it differs between tensors. */
export const adamW = (
  { weight, m, v }: Moments,
  gradient: tf.Tensor,
  scalars: AdamWScalars,
  weightDecay: number,
): Moments => {
  const m1 = tf.add(tf.mul(m, scalars.keep1), tf.mul(gradient, scalars.take1));
  const v1 = tf.add(tf.mul(v, scalars.keep2), tf.mul(tf.square(gradient), scalars.take2));
  const move = tf.mul(tf.div(m1, tf.add(tf.sqrt(v1), scalars.epsilon)), scalars.stride);
  const kept = weightDecay === 0 ? weight : tf.mul(weight, tf.sub(1, tf.mul(scalars.rate, weightDecay)));
  return { weight: tf.sub(kept, move), m: m1, v: v1 };
};
