/** The model of tests that train in a process of their own: small enough that a step takes milliseconds. */
export const tinyModel = {
  family: 'decoder',
  hiddenSize: 16,
  numHiddenLayers: 1,
  numAttentionHeads: 2,
  numKeyValueHeads: 1,
  intermediateSize: 32,
  maxPositionEmbeddings: 64,
};
