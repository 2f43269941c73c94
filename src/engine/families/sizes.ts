/** Reads from config.json what all families of Hugging Face say in the same words. */
import { linearScaling, llama3Scaling, type RopeScaling, unscaled } from '../nn/ropeScaling.ts';
import type { Architecture, LayerKind } from './architecture.ts';
import type { ConfigReader } from './configReader.ts';
import type { Init } from './family.ts';

/** More than any model has, and few enough to be listed. */
const MOST_LAYERS = 1000;

type Sizes = Pick<
  Architecture,
  'hidden' | 'intermediate' | 'vocab' | 'positions' | 'queryHeads' | 'keyValueHeads' | 'headDim' | 'epsilon'
> & { readonly std: number; readonly layerCount: number };

/** `headDim` is that of a config that says nothing; hidden_size / num_attention_heads if left out. */
export const readSizes = (reader: ConfigReader, headDim?: number): Sizes => {
  const hidden = reader.count('hidden_size');
  const queryHeads = reader.count('num_attention_heads');
  const keyValueHeads = reader.count('num_key_value_heads', queryHeads);
  if (queryHeads % keyValueHeads !== 0) reader.fail('num_key_value_heads', `a divisor of ${queryHeads}`);
  return {
    hidden,
    queryHeads,
    keyValueHeads,
    headDim: readHeadDim(reader, hidden, queryHeads, headDim),
    layerCount: reader.count('num_hidden_layers', undefined, MOST_LAYERS),
    intermediate: reader.count('intermediate_size'),
    vocab: reader.count('vocab_size'),
    positions: reader.count('max_position_embeddings'),
    epsilon: reader.positive('rms_norm_eps', 1e-6),
    std: reader.positive('initializer_range', 0.02),
  };
};

const readHeadDim = (reader: ConfigReader, hidden: number, heads: number, fallback?: number): number => {
  const isOwn = fallback !== undefined || reader.has('head_dim');
  if (!isOwn && hidden % (2 * heads) !== 0)
    reader.fail('hidden_size', `a multiple of 2 * num_attention_heads (${2 * heads})`);
  const headDim = reader.count('head_dim', fallback ?? hidden / heads);
  return headDim % 2 === 0 ? headDim : reader.fail('head_dim', 'an even number');
};

type Rope = Pick<LayerKind, 'theta' | 'ropeScaling'>;

/** `rope_parameters` as transformers 5 writes it, or `rope_theta` beside `rope_scaling` as earlier ones do. */
export const readRope = (reader: ConfigReader): Rope => {
  const parameters = reader.nested('rope_parameters');
  const theta = reader.positive('rope_theta', 10_000);
  if (parameters) return readRopeParameters(parameters, theta);
  return { theta, ropeScaling: readScaling(reader.nested('rope_scaling')) };
};

export const readRopeParameters = (parameters: ConfigReader, theta: number): Rope => ({
  theta: parameters.positive('rope_theta', theta),
  ropeScaling: readScaling(parameters),
});

const ROPE_TYPES = ['default', 'linear', 'llama3'] as const;

/** Also the older spelling, where `rope_type` was `type`. */
export const readScaling = (reader: ConfigReader | null): RopeScaling => {
  if (reader === null) return unscaled;
  reader.only('partial_rotary_factor', 1);
  const kind = reader.choice(reader.has('rope_type') ? 'rope_type' : 'type', ROPE_TYPES, 'default');
  switch (kind) {
    case 'default':
      return unscaled;
    case 'linear':
      return linearScaling(reader.positive('factor'));
    case 'llama3':
      return readLlama3(reader);
    default:
      return kind satisfies never;
  }
};

const readLlama3 = (reader: ConfigReader): RopeScaling => {
  const lowFreqFactor = reader.positive('low_freq_factor');
  const highFreqFactor = reader.positive('high_freq_factor');
  if (highFreqFactor <= lowFreqFactor) reader.fail('high_freq_factor', `more than low_freq_factor (${lowFreqFactor})`);
  return llama3Scaling({
    factor: reader.positive('factor'),
    lowFreqFactor,
    highFreqFactor,
    originalMaxPositions: reader.count('original_max_position_embeddings'),
  });
};

const LAYER_TYPES = ['full_attention', 'sliding_attention'] as const;

/** Which layers look back only `sliding_window` tokens: as `layer_types` lists them, or where it is left out as the family says. */
export const readLayers = (
  reader: ConfigReader,
  count: number,
  ropes: { readonly full: Rope; readonly sliding: Rope },
  isSliding: (layer: number) => boolean,
): readonly LayerKind[] => {
  const listed = reader.choices('layer_types', LAYER_TYPES, count);
  const slides = Array.from({ length: count }, (_, layer) =>
    listed ? listed[layer] === 'sliding_attention' : isSliding(layer),
  );
  const full: LayerKind = { ...ropes.full, window: null };
  if (!slides.includes(true)) return slides.map(() => full);
  const sliding: LayerKind = { ...ropes.sliding, window: reader.count('sliding_window') };
  return slides.map((isOne) => (isOne ? sliding : full));
};

/** Matrices of these families start alike, whatever their place. */
export const sameInit =
  (std: number): Architecture['initOf'] =>
  (): Init => ({ kind: 'normal', std });
