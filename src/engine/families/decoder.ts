/** The family `decoder`: RMSNorm, rotary positions, grouped-query attention, SwiGLU and a head tied to the embedding. */
import type { DecoderConfig } from '../../config/schema.ts';
import type { Shape, Tensors } from '../executor.ts';
import { attention, cacheMask, causalMask, decodeAttention, type Heads } from '../nn/attention.ts';
import { embedding } from '../nn/embedding.ts';
import { linear } from '../nn/linear.ts';
import { recomputed } from '../nn/recompute.ts';
import { rmsNorm } from '../nn/rmsNorm.ts';
import { rotary, rotaryTable, type RotaryTable } from '../nn/rotary.ts';
import { swiGlu } from '../nn/swiGlu.ts';
import * as tf from '../tf.ts';
import { ConfigReader } from './configReader.ts';
import type {
  DecodeStep,
  Decoded,
  Family,
  Init,
  Model,
  ModelConfig,
  Parameter,
  Prefill,
  TrunkOptions,
} from './family.ts';
import { Weights } from './weights.ts';

interface Sizes extends Heads {
  readonly hidden: number;
  readonly layers: number;
  readonly intermediate: number;
  readonly vocab: number;
  readonly positions: number;
  readonly theta: number;
  readonly epsilon: number;
  readonly initializerRange: number;
}

const EMBEDDING = 'model.embed_tokens.weight';
const FINAL_NORM = 'model.norm.weight';

/** config.json of a new model. */
export const decoderModelConfig = (decoder: DecoderConfig, vocabSize: number): ModelConfig => ({
  model_type: 'decoder',
  hidden_size: decoder.hiddenSize,
  num_hidden_layers: decoder.numHiddenLayers,
  num_attention_heads: decoder.numAttentionHeads,
  num_key_value_heads: decoder.numKeyValueHeads,
  intermediate_size: decoder.intermediateSize,
  max_position_embeddings: decoder.maxPositionEmbeddings,
  vocab_size: vocabSize,
  rope_theta: decoder.ropeTheta,
  rms_norm_eps: decoder.rmsNormEps,
  initializer_range: decoder.initializerRange,
  tie_word_embeddings: true,
});

const readSizes = (config: ModelConfig): Sizes => {
  const reader = new ConfigReader(config);
  const hidden = reader.count('hidden_size');
  const queryHeads = reader.count('num_attention_heads');
  const keyValueHeads = reader.count('num_key_value_heads', queryHeads);
  if (hidden % (2 * queryHeads) !== 0)
    reader.fail('hidden_size', `a multiple of 2 * num_attention_heads (${2 * queryHeads})`);
  if (queryHeads % keyValueHeads !== 0) reader.fail('num_key_value_heads', `a divisor of ${queryHeads}`);
  reader.only('tie_word_embeddings', true);
  return {
    hidden,
    queryHeads,
    keyValueHeads,
    headDim: hidden / queryHeads,
    layers: reader.count('num_hidden_layers'),
    intermediate: reader.count('intermediate_size'),
    vocab: reader.count('vocab_size'),
    positions: reader.count('max_position_embeddings'),
    theta: reader.positive('rope_theta', 10_000),
    epsilon: reader.positive('rms_norm_eps', 1e-5),
    initializerRange: reader.positive('initializer_range', 0.02),
  };
};

const normal = (std: number): Init => ({ kind: 'normal', std });

/** Matrices start with 1/sqrt(fan-in); those that write into the residual stream with 1/sqrt(2 * layers) of that. */
const parametersOf = (sizes: Sizes): readonly Parameter[] => {
  const { hidden, intermediate, queryHeads, keyValueHeads, headDim, layers } = sizes;
  const [all, shared] = [queryHeads * headDim, keyValueHeads * headDim];
  const norm = (name: string): Parameter => ({ name, shape: [hidden], init: { kind: 'ones' }, decay: false });
  const matrix = (name: string, [out, from]: readonly [number, number], scale = 1): Parameter => ({
    name,
    shape: [out, from],
    init: normal(scale / Math.sqrt(from)),
    decay: true,
  });
  const residual = 1 / Math.sqrt(2 * layers);
  const table: Shape = [sizes.vocab, hidden];
  const block = (layer: number): readonly Parameter[] => {
    const name = namesOf(layer);
    return [
      norm(name.attentionNorm),
      matrix(name.q, [all, hidden]),
      matrix(name.k, [shared, hidden]),
      matrix(name.v, [shared, hidden]),
      matrix(name.o, [hidden, all], residual),
      norm(name.feedForwardNorm),
      matrix(name.gate, [intermediate, hidden]),
      matrix(name.up, [intermediate, hidden]),
      matrix(name.down, [hidden, intermediate], residual),
    ];
  };
  return [
    { name: EMBEDDING, shape: table, init: normal(sizes.initializerRange), decay: true },
    ...Array.from({ length: layers }, (_, layer) => block(layer)).flat(),
    norm(FINAL_NORM),
  ];
};

const namesOf = (layer: number) => {
  const at = (part: string): string => `model.layers.${layer}.${part}.weight`;
  return {
    attentionNorm: at('input_layernorm'),
    q: at('self_attn.q_proj'),
    k: at('self_attn.k_proj'),
    v: at('self_attn.v_proj'),
    o: at('self_attn.o_proj'),
    feedForwardNorm: at('post_attention_layernorm'),
    gate: at('mlp.gate_proj'),
    up: at('mlp.up_proj'),
    down: at('mlp.down_proj'),
  };
};

/** The second half of a block: x [n, hidden] -> [n, hidden]. */
const feedForward = (x: tf.Tensor, layer: number, weights: Weights, { epsilon }: Sizes): tf.Tensor => {
  const name = namesOf(layer);
  const normed = rmsNorm(x, weights.get(name.feedForwardNorm), epsilon);
  const active = swiGlu(weights.linear(normed, name.gate), weights.linear(normed, name.up));
  return tf.add(x, weights.linear(active, name.down));
};

interface Positions {
  /** int32 [B, T]. */
  readonly at: tf.Tensor;
  readonly table: RotaryTable;
}

/** Queries, keys and values [B, T, heads*d] of x [B*T, hidden], turned by their positions. */
const project = (x: tf.Tensor, layer: number, weights: Weights, sizes: Sizes, { at, table }: Positions) => {
  const name = namesOf(layer);
  const [batch = 0, length = 0] = at.shape;
  const normed = rmsNorm(x, weights.get(name.attentionNorm), sizes.epsilon);
  const part = (of: string): tf.Tensor => {
    const flat = weights.linear(normed, of);
    return tf.reshape(flat, [batch, length, flat.shape[1] ?? 0]);
  };
  return { q: rotary(part(name.q), at, table), k: rotary(part(name.k), at, table), v: part(name.v) };
};

const head = (x: tf.Tensor, weights: Weights, { epsilon }: Sizes): tf.Tensor =>
  linear(rmsNorm(x, weights.get(FINAL_NORM), epsilon), weights.get(EMBEDDING));

/** Sees the keys and values [B, T, heads*d] of each layer. */
type OnLayer = (keys: tf.Tensor, values: tf.Tensor) => void;

/** One layer over whole sequences: x [B*T, hidden] -> [B*T, hidden]. */
const block = (
  x: tf.Tensor,
  layer: number,
  weights: Weights,
  sizes: Sizes,
  positions: Positions,
  mask: tf.Tensor,
  onLayer: OnLayer = () => undefined,
): tf.Tensor => {
  const { q, k, v } = project(x, layer, weights, sizes, positions);
  onLayer(k, v);
  const [rows = 0] = x.shape;
  const mixed = tf.reshape(attention(q, k, v, mask, sizes), [rows, sizes.queryHeads * sizes.headDim]);
  return feedForward(tf.add(x, weights.linear(mixed, namesOf(layer).o)), layer, weights, sizes);
};

/** All layers over whole sequences: ids int32 [B, T] -> [B*T, hidden]. */
const trunk = (
  sizes: Sizes,
  weights: Weights,
  ids: tf.Tensor,
  { isRecomputed = false }: TrunkOptions,
  onLayer?: OnLayer,
): tf.Tensor => {
  const [batch = 0, length = 0] = ids.shape;
  const row = tf.reshape(tf.range(0, length, 1, 'int32'), [1, length]);
  const at = tf.tile(row, [batch, 1]);
  const { cosines, sines } = rotaryTable(length, sizes.headDim, sizes.theta);
  const fixed = { at, cosines, sines, mask: causalMask(length) };
  let x = embedding(weights.get(EMBEDDING), tf.reshape(ids, [batch * length]));
  for (let layer = 0; layer < sizes.layers; layer++) {
    const compute = (tensors: Tensors): tf.Tensor => {
      const all = new Weights(tensors);
      const positions = { at: all.get('at'), table: { cosines: all.get('cosines'), sines: all.get('sines') } };
      return block(all.get('x'), layer, all, sizes, positions, all.get('mask'), onLayer);
    };
    const own = weights.under(`model.layers.${layer}.`);
    x = isRecomputed ? recomputed({ from: { x }, weights: own, fixed, compute }) : compute({ x, ...own, ...fixed });
  }
  return x;
};

const logits = (sizes: Sizes, given: Tensors, ids: tf.Tensor): tf.Tensor => {
  const weights = new Weights(given);
  return head(trunk(sizes, weights, ids, {}), weights, sizes);
};

const prefill = (sizes: Sizes, given: Tensors, { ids, last }: Prefill): Decoded => {
  const { keyValueHeads, headDim } = sizes;
  const [rows = 0, length = 0] = ids.shape;
  const weights = new Weights(given);
  const cached = (x: tf.Tensor): tf.Tensor =>
    tf.transpose(tf.reshape(x, [rows, length, keyValueHeads, headDim]), [0, 2, 1, 3]);
  const added: { keys: tf.Tensor; values: tf.Tensor }[] = [];
  const x = trunk(sizes, weights, ids, {}, (k, v) => added.push({ keys: cached(k), values: cached(v) }));
  return { logits: head(tf.gather(x, last), weights, sizes), added };
};

const decode = (sizes: Sizes, given: Tensors, step: DecodeStep): Decoded => {
  const { keyValueHeads, headDim, layers } = sizes;
  const [slots = 0] = step.ids.shape;
  const weights = new Weights(given);
  const at = tf.reshape(tf.maximum(step.positions, tf.scalar(0, 'int32')), [slots, 1]);
  const positions = { at, table: rotaryTable(sizes.positions, headDim, sizes.theta) };
  const mask = cacheMask(step.positions, step.cacheLength);
  const added: { keys: tf.Tensor; values: tf.Tensor }[] = [];
  let x = embedding(weights.get(EMBEDDING), step.ids);
  for (let layer = 0; layer < layers; layer++) {
    const { q, k, v } = project(x, layer, weights, sizes, positions);
    const keys = tf.reshape(k, [slots, keyValueHeads, 1, headDim]);
    const values = tf.reshape(v, [slots, keyValueHeads, 1, headDim]);
    const { keys: cachedK, values: cachedV } = step.cache(layer);
    const mixed = decodeAttention({ q, k: keys, v: values, cachedK, cachedV, mask }, sizes);
    x = tf.add(x, weights.linear(mixed, namesOf(layer).o));
    x = feedForward(x, layer, weights, sizes);
    added.push({ keys, values });
  }
  return { logits: head(x, weights, sizes), added };
};

const parse = (config: ModelConfig): Model => {
  const sizes = readSizes(config);
  return {
    modelType: 'decoder',
    vocabSize: sizes.vocab,
    maxPositions: sizes.positions,
    parameters: parametersOf(sizes),
    cache: { layers: sizes.layers, heads: sizes.keyValueHeads, headDim: sizes.headDim },
    logits: (weights, ids) => logits(sizes, weights, ids),
    trunk: (weights, ids, options = {}) => trunk(sizes, new Weights(weights), ids, options),
    head: (weights, hidden) => head(hidden, new Weights(weights), sizes),
    headWeights: [FINAL_NORM, EMBEDDING],
    prefill: (weights, prompt) => prefill(sizes, weights, prompt),
    decode: (weights, step) => decode(sizes, weights, step),
  };
};

export const decoder: Family = { modelType: 'decoder', parse };
