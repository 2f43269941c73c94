/** The family `decoder`, made here from scratch: RMSNorm, rotary positions, grouped-query attention, SwiGLU and a head tied to the embedding. */
import type { DecoderConfig } from '../../config/schema.ts';
import type { Architecture } from './architecture.ts';
import { ConfigReader } from './configReader.ts';
import type { Family, ModelConfig } from './family.ts';
import { readRope, readSizes } from './sizes.ts';

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
  ...ropeOf(decoder),
  rms_norm_eps: decoder.rmsNormEps,
  initializer_range: decoder.initializerRange,
  tie_word_embeddings: true,
});

const ropeOf = ({ ropeTheta, partialRotaryFactor }: DecoderConfig): Omit<ModelConfig, 'model_type'> => {
  if (partialRotaryFactor === 1) return { rope_theta: ropeTheta };
  const kind = { rope_type: 'proportional', partial_rotary_factor: partialRotaryFactor };
  return { rope_parameters: { ...kind, rope_theta: ropeTheta } };
};

const EPSILON = 1e-5;

const read = (config: ModelConfig): Architecture => {
  const reader = new ConfigReader({ rms_norm_eps: EPSILON, ...config });
  const { std, layerCount, ...sizes } = readSizes(reader);
  reader.only('tie_word_embeddings', true);
  const kind = { ...readRope(reader, sizes.headDim), window: null };
  return {
    ...sizes,
    modelType: 'decoder',
    layers: Array.from({ length: layerCount }, () => kind),
    embedding: { std, scale: 1, isTied: true },
    biases: { qkv: false, output: false, feedForward: false },
    norms: { learned: 'factor', ofHeads: false, ofResults: false },
    activation: 'silu',
    queryScale: 1,
    caps: { scores: null, logits: null },
    initOf: initOf(layerCount),
  };
};

/** Matrices start with 1/sqrt(fan-in); those that write into the residual stream with 1/sqrt(2 * layers) of that. */
const initOf =
  (layers: number): Architecture['initOf'] =>
  (fanIn, isResidual) => ({
    kind: 'normal',
    std: (isResidual ? 1 / Math.sqrt(2 * layers) : 1) / Math.sqrt(fanIn),
  });

/** The same model in the words of llama, of which it is a special case. */
const published = (config: ModelConfig): ModelConfig => {
  const { hidden, headDim, queryHeads, keyValueHeads, epsilon } = read(config);
  return {
    ...config,
    model_type: 'llama',
    hidden_act: 'silu',
    head_dim: headDim,
    num_attention_heads: queryHeads,
    num_key_value_heads: keyValueHeads,
    hidden_size: hidden,
    rms_norm_eps: epsilon,
    attention_bias: false,
    mlp_bias: false,
    tie_word_embeddings: true,
  };
};

export const decoder: Family = {
  modelType: 'decoder',
  describe: read,
  architecture: 'LlamaForCausalLM',
  published,
};
