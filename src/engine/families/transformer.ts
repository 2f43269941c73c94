/** The forward passes of every family: normalized blocks of grouped-query attention with rotary positions and a gated feed-forward layer. */
import type { Tensors } from '../executor.ts';
import { attention, causalMask } from '../nn/attention.ts';
import { cappedAttention } from '../nn/cappedAttention.ts';
import { documentMask } from '../nn/documentMask.ts';
import { embedding } from '../nn/embedding.ts';
import { geGlu } from '../nn/geGlu.ts';
import { linear } from '../nn/linear.ts';
import { recomputed } from '../nn/recompute.ts';
import { rmsNorm } from '../nn/rmsNorm.ts';
import { rotary, rotaryTable, type RotaryTable } from '../nn/rotary.ts';
import { slidingWindowMask } from '../nn/slidingWindow.ts';
import { softCap } from '../nn/softCap.ts';
import { swiGlu } from '../nn/swiGlu.ts';
import * as tf from '../tf.ts';
import {
  type Architecture,
  EMBEDDING,
  FINAL_NORM,
  headName,
  type LayerKind,
  namesOf,
  parametersOf,
  perLayer,
} from './architecture.ts';
import type { DecodeStep, Decoded, KeysAndValues, Model, Prefill, TrunkOptions } from './family.ts';
import { stepAttention } from './stepAttention.ts';
import { Weights } from './weights.ts';

interface Positions {
  /** int32 [B, T]. */
  readonly at: tf.Tensor;
  readonly table: RotaryTable;
}

/** x [n, d] through the norm called `name`. */
const normed = (x: tf.Tensor, name: string, weights: Weights, { norms, epsilon }: Architecture): tf.Tensor => {
  const learned = weights.get(name);
  return rmsNorm(x, norms.learned === 'offset' ? tf.add(learned, 1) : learned, epsilon);
};

/** x [n, hidden] plus what a half of a block adds to it, which some families normalize first. */
const added = (x: tf.Tensor, result: tf.Tensor, norm: string, weights: Weights, of: Architecture): tf.Tensor =>
  tf.add(x, of.norms.ofResults ? normed(result, norm, weights, of) : result);

/** The second half of a block: x [n, hidden] -> [n, hidden]. */
const feedForward = (x: tf.Tensor, layer: number, weights: Weights, of: Architecture): tf.Tensor => {
  const name = namesOf(layer, of);
  const input = normed(x, name.feedForwardNorm, weights, of);
  const gated = of.activation === 'silu' ? swiGlu : geGlu;
  const active = gated(weights.linear(input, name.gate), weights.linear(input, name.up));
  return added(x, weights.linear(active, name.down), name.feedForwardResultNorm, weights, of);
};

/** What attention found, x [n, hidden] and mixed [n, queryHeads*d] -> [n, hidden]. */
const attended = (x: tf.Tensor, mixed: tf.Tensor, layer: number, weights: Weights, of: Architecture): tf.Tensor => {
  const name = namesOf(layer, of);
  return added(x, weights.linear(mixed, name.o), name.attentionResultNorm, weights, of);
};

/** Each head of x [n, heads*d] normalized by itself. */
const headsNormed = (x: tf.Tensor, name: string, weights: Weights, of: Architecture): tf.Tensor =>
  tf.reshape(normed(tf.reshape(x, [-1, of.headDim]), name, weights, of), x.shape);

/** Queries, keys and values [B, T, heads*d] of x [B*T, hidden], turned by their positions. */
const project = (x: tf.Tensor, layer: number, weights: Weights, of: Architecture, { at, table }: Positions) => {
  const name = namesOf(layer, of);
  const [batch = 0, length = 0] = at.shape;
  const input = normed(x, name.attentionNorm, weights, of);
  const part = (matrix: string, norm?: string): tf.Tensor => {
    const flat = weights.linear(input, matrix);
    const own = norm !== undefined && of.norms.ofHeads ? headsNormed(flat, norm, weights, of) : flat;
    return tf.reshape(own, [batch, length, flat.shape[1] ?? 0]);
  };
  const q = rotary(part(name.q, name.qNorm), at, table);
  const k = rotary(part(name.k, name.kNorm), at, table);
  const scale = of.queryScale * (of.layers[layer]?.scoreScale ?? 1);
  return { q: scale === 1 ? q : tf.mul(q, scale), k, v: part(name.v) };
};

/** Token ids, flat int32 [n] -> [n, hidden]. */
const embedded = (ids: tf.Tensor, weights: Weights, of: Architecture): tf.Tensor => {
  const x = embedding(weights.get(EMBEDDING), ids);
  return of.embedding.scale === 1 ? x : tf.mul(x, of.embedding.scale);
};

const head = (x: tf.Tensor, weights: Weights, of: Architecture): tf.Tensor => {
  const logits = linear(normed(x, FINAL_NORM, weights, of), weights.get(headName(of)));
  return of.caps.logits === null ? logits : softCap(logits, of.caps.logits);
};

/** Sees the keys and values [B, T, heads*d] of each layer. */
type OnLayer = (keys: tf.Tensor, values: tf.Tensor) => void;

/** One layer over whole sequences: x [B*T, hidden] -> [B*T, hidden]. */
const block = (
  x: tf.Tensor,
  layer: number,
  weights: Weights,
  of: Architecture,
  positions: Positions,
  mask: tf.Tensor,
  onLayer: OnLayer = () => undefined,
): tf.Tensor => {
  const { q, k, v } = project(x, layer, weights, of, positions);
  onLayer(k, v);
  const [rows = 0] = x.shape;
  const { scores } = of.caps;
  const mixed = scores === null ? attention(q, k, v, mask, of) : cappedAttention(q, k, v, mask, of, scores);
  const flat = tf.reshape(mixed, [rows, of.queryHeads * of.headDim]);
  return feedForward(attended(x, flat, layer, weights, of), layer, weights, of);
};

const tableOf = (length: number, { headDim }: Architecture, { theta, ropeScaling }: LayerKind): RotaryTable =>
  rotaryTable(length, headDim, theta, ropeScaling);

/** All layers over whole sequences: ids int32 [B, T] -> [B*T, hidden]. */
const trunk = (
  of: Architecture,
  weights: Weights,
  ids: tf.Tensor,
  { isRecomputed = false, packing }: TrunkOptions,
  onLayer?: OnLayer,
): tf.Tensor => {
  const [batch = 0, length = 0] = ids.shape;
  const row = tf.reshape(tf.range(0, length, 1, 'int32'), [1, length]);
  const at = packing?.positions ?? tf.tile(row, [batch, 1]);
  const maskOf = ({ window }: LayerKind): tf.Tensor => {
    const own = window === null ? causalMask(length) : slidingWindowMask(length, window);
    return packing ? documentMask(own, packing.documents) : own;
  };
  const kinds = perLayer(of.layers, (kind) => ({ ...tableOf(length, of, kind), mask: maskOf(kind) }));
  let x = embedded(tf.reshape(ids, [batch * length]), weights, of);
  for (const [layer, kind] of kinds.entries()) {
    const fixed = { at, ...kind };
    const compute = (tensors: Tensors): tf.Tensor => {
      const all = new Weights(tensors);
      const positions = { at: all.get('at'), table: { cosines: all.get('cosines'), sines: all.get('sines') } };
      return block(all.get('x'), layer, all, of, positions, all.get('mask'), onLayer);
    };
    const own = weights.under(`model.layers.${layer}.`);
    x = isRecomputed ? recomputed({ from: { x }, weights: own, fixed, compute }) : compute({ x, ...own, ...fixed });
  }
  return x;
};

const logits = (of: Architecture, given: Tensors, ids: tf.Tensor): tf.Tensor => {
  const weights = new Weights(given);
  return head(trunk(of, weights, ids, {}), weights, of);
};

const prefill = (of: Architecture, given: Tensors, { ids, last }: Prefill): Decoded => {
  const { keyValueHeads, headDim } = of;
  const [rows = 0, length = 0] = ids.shape;
  const weights = new Weights(given);
  const cached = (x: tf.Tensor): tf.Tensor =>
    tf.transpose(tf.reshape(x, [rows, length, keyValueHeads, headDim]), [0, 2, 1, 3]);
  const read: KeysAndValues[] = [];
  const x = trunk(of, weights, ids, {}, (k, v) => read.push({ keys: cached(k), values: cached(v) }));
  return { logits: head(tf.gather(x, last), weights, of), added: read };
};

const decode = (of: Architecture, given: Tensors, step: DecodeStep): Decoded => {
  const { keyValueHeads, headDim } = of;
  const [slots = 0] = step.ids.shape;
  const weights = new Weights(given);
  const at = tf.reshape(tf.maximum(step.positions, tf.scalar(0, 'int32')), [slots, 1]);
  const tables = perLayer(of.layers, (kind) => tableOf(step.cacheLength, of, kind));
  const attend = stepAttention(step, of);
  const row = (x: tf.Tensor): tf.Tensor => tf.reshape(x, [slots, keyValueHeads, 1, headDim]);
  const [read, caches]: [KeysAndValues[], KeysAndValues[]] = [[], []];
  let x = embedded(step.ids, weights, of);
  for (const [layer, table] of tables.entries()) {
    const tokens = project(x, layer, weights, of, { at, table });
    const added = { keys: row(tokens.k), values: row(tokens.v) };
    const { mixed, cache } = attend(layer, tokens, added);
    x = feedForward(attended(x, mixed, layer, weights, of), layer, weights, of);
    read.push(added);
    if (cache) caches.push(cache);
  }
  return { logits: head(x, weights, of), added: read, caches };
};

/** The model that an architecture describes. */
export const transformer = (of: Architecture): Model => ({
  modelType: of.modelType,
  vocabSize: of.vocab,
  maxPositions: of.positions,
  parameters: parametersOf(of),
  cache: { layers: of.layers.length, heads: of.keyValueHeads, headDim: of.headDim },
  logits: (weights, ids) => logits(of, weights, ids),
  trunk: (weights, ids, options = {}) => trunk(of, new Weights(weights), ids, options),
  head: (weights, hidden) => head(hidden, new Weights(weights), of),
  headWeights: [FINAL_NORM, headName(of)],
  prefill: (weights, prompt) => prefill(of, weights, prompt),
  decode: (weights, step) => decode(of, weights, step),
});
