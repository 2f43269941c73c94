/** How the new tokens of a decode step look at the cache: beside it, or from its last time. */
import { cacheMask, decodeAttention } from '../nn/attention.ts';
import { cacheAttention } from '../nn/cacheAttention.ts';
import { cappedDecodeAttention } from '../nn/cappedAttention.ts';
import { slidingWindowCacheMask } from '../nn/slidingWindow.ts';
import * as tf from '../tf.ts';
import { type Architecture, type LayerKind, perLayer } from './architecture.ts';
import type { DecodeStep, KeysAndValues } from './family.ts';

/** Of the new tokens: queries [n, 1, queryHeads*d], keys and values [n, 1, keyValueHeads*d]. */
export interface NewTokens {
  readonly q: tf.Tensor;
  readonly k: tf.Tensor;
  readonly v: tf.Tensor;
}

/** What attention found, [n, queryHeads*d], and of a step in place the layer's whole cache. */
export interface Found {
  readonly mixed: tf.Tensor;
  readonly cache?: KeysAndValues;
}

export const stepAttention = (
  step: DecodeStep,
  of: Architecture,
): ((layer: number, tokens: NewTokens, added: KeysAndValues) => Found) => {
  const masks = perLayer(of.layers, (kind) => maskOf(kind, step));
  return (layer, tokens, added) => {
    const mask = masks[layer];
    if (!mask) throw new Error(`The model has no layer ${layer}.`);
    const cached = step.cache(layer);
    return step.isInPlace ? inPlace(tokens, cached, mask, of) : { mixed: beside(tokens, added, cached, mask, of) };
  };
};

const maskOf = ({ window }: LayerKind, { positions, cacheLength }: DecodeStep): tf.Tensor =>
  window === null ? cacheMask(positions, cacheLength) : slidingWindowCacheMask(positions, cacheLength, window);

const inPlace = ({ q, k, v }: NewTokens, cached: KeysAndValues, mask: tf.Tensor, of: Architecture): Found => {
  const flat = (x: tf.Tensor): tf.Tensor => tf.reshape(x, [x.shape[0] ?? 0, x.shape[2] ?? 0]);
  const input = { q: flat(q), k: flat(k), v: flat(v), ...cached, mask, cap: of.caps.scores };
  const { mixed, ...cache } = cacheAttention(input, of);
  return { mixed, cache };
};

const beside = (
  { q }: NewTokens,
  { keys: k, values: v }: KeysAndValues,
  { keys: cachedK, values: cachedV }: KeysAndValues,
  mask: tf.Tensor,
  of: Architecture,
): tf.Tensor => {
  const input = { q, k, v, cachedK, cachedV, mask };
  return of.caps.scores === null ? decodeAttention(input, of) : cappedDecodeAttention(input, of, of.caps.scores);
};
