/** Reads from config.json what all families of Hugging Face say in the same words. */
import { linearScaling, llama3Scaling, proportionalScaling, unscaled, yarnScaling } from '../nn/ropeScaling.ts';
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

type Scaling = Pick<LayerKind, 'ropeScaling' | 'scoreScale'>;
type Rope = Pick<LayerKind, 'theta'> & Scaling;

const plain: Scaling = { ropeScaling: unscaled, scoreScale: 1 };

/** `rope_parameters` as transformers 5 writes it, or `rope_theta` beside `rope_scaling` as earlier ones do. */
export const readRope = (reader: ConfigReader, headDim: number): Rope => {
  const parameters = reader.nested('rope_parameters');
  const theta = reader.positive('rope_theta', 10_000);
  if (parameters) return readRopeParameters(parameters, theta, headDim);
  return { theta, ...readScaling(reader.nested('rope_scaling'), theta, headDim) };
};

export const readRopeParameters = (parameters: ConfigReader, fallback: number, headDim: number): Rope => {
  const theta = parameters.positive('rope_theta', fallback);
  return { theta, ...readScaling(parameters, theta, headDim) };
};

const ROPE_TYPES = ['default', 'linear', 'llama3', 'yarn', 'proportional'] as const;

/** Also the older spelling, where `rope_type` was `type`. */
export const readScaling = (reader: ConfigReader | null, theta: number, headDim: number): Scaling => {
  if (reader === null) return plain;
  const kind = reader.choice(reader.has('rope_type') ? 'rope_type' : 'type', ROPE_TYPES, 'default');
  if (kind !== 'proportional') reader.only('partial_rotary_factor', 1);
  switch (kind) {
    case 'default':
      return plain;
    case 'linear':
      return { ...plain, ropeScaling: linearScaling(reader.positive('factor')) };
    case 'llama3':
      return { ...plain, ropeScaling: readLlama3(reader) };
    case 'yarn':
      return readYarn(reader, theta, headDim);
    case 'proportional': {
      const [share, factor] = [reader.positive('partial_rotary_factor', 1), reader.positive('factor', 1)];
      if (share > 1) reader.fail('partial_rotary_factor', 'at most 1');
      return { ...plain, ropeScaling: proportionalScaling({ share, factor, theta, headDim }) };
    }
    default:
      return kind satisfies never;
  }
};

const readLlama3 = (reader: ConfigReader): LayerKind['ropeScaling'] => {
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

const readYarn = (reader: ConfigReader, theta: number, headDim: number): Scaling => {
  const factor = reader.positive('factor');
  const ropeScaling = yarnScaling({
    factor,
    originalMaxPositions: reader.count('original_max_position_embeddings'),
    betaFast: reader.positive('beta_fast', 32),
    betaSlow: reader.positive('beta_slow', 1),
    isTruncated: reader.flag('truncate', true),
    theta,
    headDim,
  });
  // Queries and keys are multiplied by it, each.
  return {
    ropeScaling,
    scoreScale: (reader.positiveOrNull('attention_factor') ?? attentionFactor(reader, factor)) ** 2,
  };
};

const attentionFactor = (reader: ConfigReader, factor: number): number => {
  const [above, below] = [reader.positiveOrNull('mscale'), reader.positiveOrNull('mscale_all_dim')];
  const growth = (scale: number): number => (factor <= 1 ? 1 : 0.1 * scale * Math.log(factor) + 1);
  return above !== null && below !== null ? growth(above) / growth(below) : growth(1);
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
