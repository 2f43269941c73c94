/**
 * The family `gemma3_text` (Gemma 3): a scaled embedding, norms before and after each half of a block, normalized queries and keys,
 * GeGLU, most layers with a sliding window and rotary frequencies of their own, and soft caps where configured.
 */
import type { Architecture, LayerKind } from './architecture.ts';
import { ConfigReader } from './configReader.ts';
import type { Family, ModelConfig } from './family.ts';
import { readLayers, readRopeParameters, readScaling, readSizes, sameInit } from './sizes.ts';

const HEAD_DIM = 256;
const THETA = { full: 1_000_000, sliding: 10_000 };

const read = (config: ModelConfig): Architecture => {
  const reader = new ConfigReader(config);
  const { std, layerCount, ...sizes } = readSizes(reader, HEAD_DIM);
  reader.only('hidden_activation', 'gelu_pytorch_tanh');
  reader.only('use_bidirectional_attention', false);
  const hasBias = reader.flag('attention_bias', false);
  return {
    ...sizes,
    modelType: 'gemma3_text',
    layers: readGemmaLayers(reader, layerCount, sizes.headDim),
    embedding: { std, scale: Math.sqrt(sizes.hidden), isTied: reader.flag('tie_word_embeddings', true) },
    biases: { qkv: hasBias, output: hasBias, feedForward: false },
    norms: { learned: 'offset', ofHeads: true, ofResults: true },
    activation: 'gelu',
    queryScale: Math.sqrt(sizes.headDim / reader.positive('query_pre_attn_scalar', 256)),
    caps: {
      scores: reader.positiveOrNull('attn_logit_softcapping'),
      logits: reader.positiveOrNull('final_logit_softcapping'),
    },
    initOf: sameInit(std),
  };
};

/** Each sixth layer sees everything, unless the config says otherwise. */
const readGemmaLayers = (reader: ConfigReader, count: number, headDim: number): readonly LayerKind[] => {
  const pattern = reader.count('sliding_window_pattern', 6);
  return readLayers(reader, count, readRopes(reader, headDim), (layer) => (layer + 1) % pattern !== 0);
};

/** Per kind of layer in `rope_parameters`; before transformers 5 in `rope_theta`, `rope_scaling` (full attention) and `rope_local_base_freq`. */
const readRopes = (reader: ConfigReader, headDim: number): Parameters<typeof readLayers>[2] => {
  const parameters = reader.nested('rope_parameters');
  const at = (key: 'full_attention' | 'sliding_attention', theta: number) => {
    const own = parameters?.nested(key) ?? null;
    return own ? readRopeParameters(own, theta, headDim) : { theta, ...readScaling(null, theta, headDim) };
  };
  if (parameters) return { full: at('full_attention', THETA.full), sliding: at('sliding_attention', THETA.sliding) };
  const full = reader.positive('rope_theta', THETA.full);
  const sliding = reader.positive('rope_local_base_freq', THETA.sliding);
  return {
    full: { theta: full, ...readScaling(reader.nested('rope_scaling'), full, headDim) },
    sliding: { theta: sliding, ...readScaling(null, sliding, headDim) },
  };
};

export const gemma3Text: Family = {
  modelType: 'gemma3_text',
  describe: read,
  architecture: 'Gemma3ForCausalLM',
};
