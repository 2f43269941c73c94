/** The family `qwen2` (Qwen2.5): as llama, with biases in queries, keys and values, and upper layers that may look back only so far. */
import type { Architecture } from './architecture.ts';
import { ConfigReader } from './configReader.ts';
import type { Family, ModelConfig } from './family.ts';
import { readLayers, readRope, readSizes, sameInit } from './sizes.ts';

const read = (config: ModelConfig): Architecture => {
  const reader = new ConfigReader(config);
  const { std, layerCount, ...sizes } = readSizes(reader);
  reader.only('hidden_act', 'silu');
  return {
    ...sizes,
    modelType: 'qwen2',
    layers: readQwenLayers(reader, layerCount, sizes.headDim),
    embedding: { std, scale: 1, isTied: reader.flag('tie_word_embeddings', false) },
    biases: { qkv: true, output: false, feedForward: false },
    norms: { learned: 'factor', ofHeads: false, ofResults: false },
    activation: 'silu',
    queryScale: 1,
    caps: { scores: null, logits: null },
    initOf: sameInit(std),
  };
};

/** Where `use_sliding_window` is set, layers from `max_window_layers` on look back only `sliding_window` tokens. */
export const readQwenLayers = (reader: ConfigReader, count: number, headDim: number): Architecture['layers'] => {
  const rope = readRope(reader, headDim);
  const first = reader.flag('use_sliding_window', false) ? reader.count('max_window_layers', 28) : count;
  return readLayers(reader, count, { full: rope, sliding: rope }, (layer) => layer >= first);
};

export const qwen2: Family = {
  modelType: 'qwen2',
  describe: read,
  architecture: 'Qwen2ForCausalLM',
};
