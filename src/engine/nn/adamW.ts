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

/** What the tensors of one step share: scalars. */
export interface AdamWScalars {
  readonly take1: tf.Tensor;
  readonly take2: tf.Tensor;
  /** lr / (1 - beta1^t), with the root of the second correction moved up to it. */
  readonly stride: tf.Tensor;
  readonly epsilon: tf.Tensor;
  /** Multiplies weights that decay. */
  readonly keep: tf.Tensor;
}

export const adamWScalars = (
  { beta1, beta2, epsilon, weightDecay }: AdamWSettings,
  { learningRate, step, factor }: AdamWStep,
): AdamWScalars => {
  const root2 = tf.sqrt(correction(beta2, step));
  return {
    take1: tf.mul(factor, 1 - beta1),
    take2: tf.mul(tf.square(factor), 1 - beta2),
    stride: tf.div(tf.mul(learningRate, root2), correction(beta1, step)),
    epsilon: tf.mul(root2, epsilon),
    keep: tf.sub(1, tf.mul(learningRate, weightDecay)),
  };
};

/** 1 - beta^step by way of tanh, since 1 - 0.999^1 would lose four digits in float32. */
const correction = (beta: number, step: tf.Tensor): tf.Tensor => {
  if (beta === 0) return tf.scalar(1);
  const t = tf.tanh(tf.mul(step, Math.log(beta) / 2));
  return tf.div(tf.mul(t, -2), tf.sub(1, t));
};

/** All tensors have the shape of `weight`. */
export const adamW = (
  { weight, m, v }: Moments,
  gradient: tf.Tensor,
  { take1, take2, stride, epsilon, keep }: AdamWScalars,
  { beta1, beta2, weightDecay }: AdamWSettings,
): Moments => {
  const m1 = tf.add(tf.mul(m, beta1), tf.mul(gradient, take1));
  const v1 = tf.add(tf.mul(v, beta2), tf.mul(tf.square(gradient), take2));
  const move = tf.mul(tf.div(m1, tf.add(tf.sqrt(v1), epsilon)), stride);
  return { weight: tf.sub(weightDecay === 0 ? weight : tf.mul(weight, keep), move), m: m1, v: v1 };
};
