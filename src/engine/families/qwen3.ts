/** The family `qwen3`: as qwen2, with normalized queries and keys instead of biases, and heads of their own width. */
import type { Architecture } from './architecture.ts';
import { ConfigReader } from './configReader.ts';
import type { Family, ModelConfig } from './family.ts';
import { readQwenLayers } from './qwen2.ts';
import { readSizes, sameInit } from './sizes.ts';

const HEAD_DIM = 128;

const read = (config: ModelConfig): Architecture => {
  const reader = new ConfigReader(config);
  const { std, layerCount, ...sizes } = readSizes(reader, HEAD_DIM);
  reader.only('hidden_act', 'silu');
  const hasBias = reader.flag('attention_bias', false);
  return {
    ...sizes,
    modelType: 'qwen3',
    layers: readQwenLayers(reader, layerCount, sizes.headDim),
    embedding: { std, scale: 1, isTied: reader.flag('tie_word_embeddings', false) },
    biases: { qkv: hasBias, output: hasBias, feedForward: false },
    norms: { learned: 'factor', ofHeads: true, ofResults: false },
    activation: 'silu',
    queryScale: 1,
    caps: { scores: null, logits: null },
    initOf: sameInit(std),
  };
};

export const qwen3: Family = {
  modelType: 'qwen3',
  describe: read,
  architecture: 'Qwen3ForCausalLM',
};
