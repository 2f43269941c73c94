/** The family `llama` (Llama 3.1 and 3.2, SmolLM2 and others): RMSNorm, rotary positions with their scaling, grouped-query attention, SwiGLU. */
import type { Architecture } from './architecture.ts';
import { ConfigReader } from './configReader.ts';
import type { Family, ModelConfig } from './family.ts';
import { readRope, readSizes, sameInit } from './sizes.ts';

const read = (config: ModelConfig): Architecture => {
  const reader = new ConfigReader(config);
  const { std, layerCount, ...sizes } = readSizes(reader);
  reader.only('hidden_act', 'silu');
  const hasBias = reader.flag('attention_bias', false);
  const kind = { ...readRope(reader, sizes.headDim), window: null };
  return {
    ...sizes,
    modelType: 'llama',
    layers: Array.from({ length: layerCount }, () => kind),
    embedding: { std, scale: 1, isTied: reader.flag('tie_word_embeddings', false) },
    biases: { qkv: hasBias, output: hasBias, feedForward: reader.flag('mlp_bias', false) },
    norms: { learned: 'factor', ofHeads: false, ofResults: false },
    activation: 'silu',
    queryScale: 1,
    caps: { scores: null, logits: null },
    initOf: sameInit(std),
  };
};

export const llama: Family = {
  modelType: 'llama',
  describe: read,
  architecture: 'LlamaForCausalLM',
};
