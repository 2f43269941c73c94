import { expect, test } from 'vitest';
import { activationBytes, estimateMemory, memoryOf } from '../../src/config/memory.ts';
import { parseConfig } from '../../src/config/parseConfig.ts';
import { sftConfig, type DecoderConfig } from '../../src/config/schema.ts';
import { decoderModelConfig } from '../../src/engine/families/decoder.ts';
import { modelOf } from '../../src/engine/families/index.ts';
import { passBytes } from '../../src/engine/recipes/trainingMemory.ts';

const sizes = (changes: Partial<DecoderConfig>): DecoderConfig => {
  const { model } = sftConfig.parse({ recipe: 'sft', model: { family: 'decoder', ...changes } });
  if (!('family' in model)) throw new Error('expected a new model');
  return model;
};

test.each([
  [{}, 64, 16, 64],
  [{ hiddenSize: 256, intermediateSize: 704 }, 64, 8, 128],
  [{ numAttentionHeads: 8, numKeyValueHeads: 2 }, 64, 16, 64],
  [{ numHiddenLayers: 2 }, 1000, 16, 32],
  [{ hiddenSize: 64, intermediateSize: 176, maxPositionEmbeddings: 512 }, 64, 2, 512],
] as const)(
  '%j, vocabulary %d, %d x %d: the formula is within 20 %% of the recorded graph',
  (changes, vocabulary, batch, length) => {
    const model = sizes(changes);
    const recorded = passBytes(modelOf(decoderModelConfig(model, vocabulary)), batch, length);
    const pass = { vocabSize: vocabulary, sequences: batch, length };
    expect(Math.abs(activationBytes(model, pass) / recorded - 1)).toBeLessThan(0.2);
  },
);

test.each([{}, { numHiddenLayers: 8 }, { hiddenSize: 256, intermediateSize: 704 }])(
  '%j: with blocks computed again it is within 35 %% of the recorded graph',
  (changes) => {
    const model = sizes(changes);
    const recorded = passBytes(modelOf(decoderModelConfig(model, 64)), 16, 64, { isRecomputed: true });
    const pass = { vocabSize: 64, sequences: 16, length: 64, isRecomputed: true };
    expect(Math.abs(activationBytes(model, pass) / recorded - 1)).toBeLessThan(0.35);
  },
);

test('adapters need neither gradients nor moments of what is frozen', () => {
  const needs = { weights: 1e9, passes: [1e8], cache: 0 };
  const full = estimateMemory({ ...needs, trained: 1e9 });
  const adapted = estimateMemory({ ...needs, trained: 2e7 });
  expect(full).toMatchObject({ weights: 1e9, gradients: 1e9, optimizer: 2e9 });
  expect(adapted).toMatchObject({ weights: 1e9, gradients: 2e7, optimizer: 4e7 });
  expect(adapted.peak).toBeLessThan(full.peak / 2);
});

test('a smaller micro-batch takes less, and a model from a checkpoint is not guessed at', () => {
  // So many threads that no batch is cut for the processor's caches.
  const of = (training: object) => memoryOf(sftConfig.parse({ recipe: 'sft', training, threads: 64 }))!;
  const [whole, split] = [of({ batchSize: 64 }), of({ batchSize: 64, microBatchSize: 16 })];
  expect(split.activations).toBeCloseTo(whole.activations / 4);
  expect(of({ batchSize: 8, microBatchSize: 16 }).activations).toBe(of({ batchSize: 8 }).activations);
  expect(memoryOf(sftConfig.parse({ recipe: 'sft', model: { checkpoint: 'x' } }))).toBeNull();
});

test('above the memory of the machine is an error, above 80 % a warning, both where the remedy is written', () => {
  const config = { recipe: 'sft', training: { batchSize: 64, microBatchSize: 32 } };
  const need = memoryOf(sftConfig.parse(config))!.peak;
  const told = (memoryBytes: number, changes: object = {}) =>
    parseConfig(
      JSON.stringify({ ...config, ...changes }),
      'a',
      {},
      { machine: { memoryBytes, gpu: null } },
    ).problems.map(({ severity, key, message, remedy }) => `${severity} ${key}: ${message}. ${remedy}`);
  expect(told(need / 0.79)).toEqual([]);
  expect(told(need / 0.9)).toEqual([
    expect.stringMatching(/^warning training.microBatchSize: the run takes about 0\.\d GB of memory; this machine has/),
  ]);
  expect(told(need * 0.9)).toEqual([expect.stringMatching(/^error training.microBatchSize: .* below 32/)]);
  expect(told(need * 0.9, { device: 'gpu' })).toEqual([]);
  expect(told(1e12, { training: { batchSize: 8, microBatchSize: 16 } })).toEqual([
    expect.stringContaining('warning training.microBatchSize: `microBatchSize` 16 is larger than `batchSize` 8'),
  ]);
});
