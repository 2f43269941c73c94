/** How the new tokens of a decode step look at the cache: it gets their rows afterwards, or takes them in at once. */
import { cacheMask, decodeAttention } from '../nn/attention.ts';
import { cacheAttention } from '../nn/cacheAttention.ts';
import { cappedDecodeAttention } from '../nn/cappedAttention.ts';
import { slidingWindowCacheMask } from '../nn/slidingWindow.ts';
import * as tf from '../tf.ts';
import { type Architecture, perLayer } from './architecture.ts';
import type { DecodeStep } from './family.ts';

/** Of the new tokens: queries [n, 1, queryHeads*d], keys and values [n, 1, keyValueHeads*d]. */
export interface NewTokens {
  readonly q: tf.Tensor;
  readonly k: tf.Tensor;
  readonly v: tf.Tensor;
}

/** What attention found, [n, queryHeads*d], and what `Decoded.added` is to hold for this layer. */
export interface Found {
  readonly mixed: tf.Tensor;
  readonly keys: tf.Tensor;
  readonly values: tf.Tensor;
}

export type StepAttention = (layer: number, tokens: NewTokens) => Found;

export const stepAttention = (step: DecodeStep, of: Architecture): StepAttention =>
  step.isInPlace ? takingIn(step, of) : beside(step, of);

const takingIn = (step: DecodeStep, of: Architecture): StepAttention => {
  const positions = tf.maximum(step.positions, tf.scalar(0, 'int32'));
  const flat = (x: tf.Tensor): tf.Tensor => tf.reshape(x, [x.shape[0] ?? 0, x.shape[2] ?? 0]);
  return (layer, { q, k, v }) => {
    const { keys, values } = step.cache(layer);
    const reach = { window: of.layers[layer]?.window ?? null, cap: of.caps.scores };
    return cacheAttention({ q: flat(q), k: flat(k), v: flat(v), keys, values, positions }, of, reach);
  };
};

const beside = ({ positions, cacheLength, cache }: DecodeStep, of: Architecture): StepAttention => {
  const masks = perLayer(of.layers, ({ window }) =>
    window === null ? cacheMask(positions, cacheLength) : slidingWindowCacheMask(positions, cacheLength, window),
  );
  const row = (x: tf.Tensor): tf.Tensor => tf.reshape(x, [x.shape[0] ?? 0, of.keyValueHeads, 1, of.headDim]);
  const { scores } = of.caps;
  return (layer, tokens) => {
    const mask = masks[layer];
    if (!mask) throw new Error(`The model has no layer ${layer}.`);
    const [keys, values, { keys: cachedK, values: cachedV }] = [row(tokens.k), row(tokens.v), cache(layer)];
    const input = { q: tokens.q, k: keys, v: values, cachedK, cachedV, mask };
    const mixed = scores === null ? decodeAttention(input, of) : cappedDecodeAttention(input, of, scores);
    return { mixed, keys, values };
  };
};
