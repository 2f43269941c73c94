/** What configs are told of the GPU that the last trial found. */
import { describe, expect, test } from 'vitest';
import { bucketOf } from '../../src/config/buckets.ts';
import { exampleLengths } from '../../src/config/lengths.ts';
import { microBatchOf } from '../../src/config/memory.ts';
import { parseConfig } from '../../src/config/parseConfig.ts';
import { sftConfig } from '../../src/config/schema.ts';
import type { DeviceLimits, Executor } from '../../src/engine/executor.ts';
import { decoderModelConfig } from '../../src/engine/families/decoder.ts';
import { modelOf } from '../../src/engine/families/index.ts';
import { tooLargeFor } from '../../src/engine/graph/deviceLimits.ts';
import { record } from '../../src/engine/graph/record.ts';
import { firstMomentName, gradientName, secondMomentName } from '../../src/engine/programs/names.ts';
import { updateProgram } from '../../src/engine/programs/update.ts';
import { limitsTold } from '../../src/engine/recipes/trainingMemory.ts';
import type { GpuFacts } from '../../src/protocol/gpuFacts.ts';

const gpu: GpuFacts = { v: 1, time: 0, name: 'A fine GPU', isSoftware: false, hasFloat16: false, limits: null };
const told = (changes: object, facts: GpuFacts | null) =>
  parseConfig(
    JSON.stringify({ recipe: 'sft', ...changes }),
    'a',
    {},
    { machine: { memoryBytes: 1e15, gpu: facts } },
  ).problems.map(({ severity, key, message, remedy }) => `${severity} ${key}: ${message}. ${remedy}`);

test('nothing where no trial was made, or the run computes elsewhere', () => {
  const small = { ...gpu, isSoftware: true, limits: { bindingBytes: 1000, bindings: 8 } };
  expect(told({ device: 'gpu' }, null)).toEqual([]);
  for (const elsewhere of [{ device: 'cpu' }, { executor: 'reference' }, { provider: 'cuda' }])
    expect(told(elsewhere, { ...small, isSoftware: false })).toEqual([]);
  expect(told({}, small)).toEqual([]);
});

test('a program that poses as a GPU, where it was asked for', () => {
  const software = { ...gpu, name: 'llvmpipe', isSoftware: true };
  expect(told({ device: 'gpu' }, software)).toEqual([
    expect.stringMatching(/^warning device: the GPU here is llvmpipe, a program that poses as one: slower/),
  ]);
  expect(told({ provider: 'webgpu' }, software)).toEqual([expect.stringMatching(/^warning provider: /)]);
  expect(told({ recipe: 'evaluate', model: { checkpoint: '.' }, device: 'gpu' }, software)).toHaveLength(1);
});

test('16 bits that it lacks', () => {
  const asked = { training: { precision: 'float16' } };
  expect(told(asked, gpu)).toEqual([
    expect.stringMatching(/^warning training.precision: the GPU here, A fine GPU, does not compute in 16 bits/),
  ]);
  expect(told(asked, { ...gpu, hasFloat16: true })).toEqual([]);
});

describe('tensors that are too large for one kernel', () => {
  const identity = { executor: 'onnx', provider: 'webgpu', precision: 'f32' } as Executor['identity'];

  /** The largest buffers with which something is said: a power of two. */
  const border = (isSilent: (limits: DeviceLimits) => boolean): number => {
    let bindingBytes = 2 ** 27;
    while (isSilent({ bindingBytes, bindings: 12 })) bindingBytes = bindingBytes / 2;
    return bindingBytes;
  };
  const aboveConfig = (changes: object, limits: DeviceLimits): readonly string[] =>
    told({ device: 'gpu', ...changes }, { ...gpu, limits }).filter((text) => text.includes('too large for A fine GPU'));
  const scene = (changes: object) => {
    const config = sftConfig.parse({ recipe: 'sft', device: 'gpu', ...changes });
    if (!('family' in config.model)) throw new Error('expected a new model');
    return { config, sizes: config.model, model: modelOf(decoderModelConfig(config.model, 64)) };
  };

  test.each([
    [{ training: { batchSize: 64 } }, 'batchSize'],
    [{ training: { batchSize: 64, microBatchSize: 32 } }, 'microBatchSize'],
    [
      {
        model: { family: 'decoder', numAttentionHeads: 8, maxPositionEmbeddings: 2048 },
        task: { name: 'arithmetic', level: 'paper', trace: 'long' },
      },
      'batchSize',
    ],
  ] as const)('%j: what is told above the config is what the run tells', (changes, key) => {
    const { config, sizes, model } = scene(changes);
    const { prompt, longest } = exampleLengths(config.task);
    const length = bucketOf(Math.min(prompt + longest - 1, sizes.maxPositionEmbeddings));
    const before = border((limits) => aboveConfig(changes, limits).length === 0);
    const during = border((limits) => [...limitsTold(model, config, { identity, limits }, [length])].length === 0);
    expect(before).toBe(during);
    const [finding] = aboveConfig(changes, { bindingBytes: before, bindings: 12 });
    expect(finding).toMatch(
      new RegExp(`^warning training.${key}: results of \\d+ MB .* below ${microBatchOf(config)} to`),
    );
  });

  test('a weight that its update cannot be computed for', () => {
    const changes = {
      model: { family: 'decoder', hiddenSize: 512, intermediateSize: 2048 },
      training: { batchSize: 1 },
      task: { name: 'arithmetic', level: 'addition-2' },
    };
    const { model } = scene(changes);
    const program = updateProgram(model, { beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weightDecay: 0.01 }, true);
    const shapes = model.parameters.flatMap(({ name, shape }) =>
      [name, gradientName(name), firstMomentName(name), secondMomentName(name)].map((state) => [state, shape] as const),
    );
    const graph = record(program, Object.fromEntries(shapes));
    const before = border((limits) => aboveConfig(changes, limits).length === 0);
    expect(before).toBe(border((limits) => tooLargeFor(graph, limits).length === 0));
    const [finding] = aboveConfig(changes, { bindingBytes: before, bindings: 12 });
    expect(finding).toMatch(
      /^warning model: a weight of 5 MB .* the run ends before its first step\. Choose a smaller model/,
    );
  });
});
