import { describe, expect, test } from 'vitest';
import type { DeviceLimits, Executor, Program } from '../../../src/engine/executor.ts';
import { tooLargeFor } from '../../../src/engine/graph/deviceLimits.ts';
import { record } from '../../../src/engine/graph/record.ts';
import { tensor } from '../../../src/engine/programs/tensors.ts';
import { limitsTold, memoryTold, trainingMemory } from '../../../src/engine/recipes/trainingMemory.ts';
import * as tf from '../../../src/engine/tf.ts';
import type { RunEvent } from '../../../src/protocol/events.ts';
import { tinyConfig } from '../recipes/tinyRun.ts';
import { tinyModel } from '../support.ts';

const KB = 1024;

/** y = exp(x) of 40 KiB and 10 KiB. */
const program: Program = {
  name: 'exponential',
  inputs: [{ name: 'x', shape: [10, KB], dtype: 'float32' }],
  reads: [],
  writes: [],
  appends: [],
  returns: ['y', 'z'],
  body: (t) => {
    const y = tf.exp(tensor(t, 'x'));
    return { y, z: tf.relu(tf.reshape(tf.slice(y, [0, 0], [2, KB]), [2 * KB])) };
  },
};
const graph = record(program, {});

test('counts the pieces of all tensors of a kernel, and names the largest', () => {
  expect(tooLargeFor(graph, { bindingBytes: 10 * KB, bindings: 8 })).toEqual([]);
  expect(tooLargeFor(graph, { bindingBytes: 10 * KB, bindings: 7 })[0]).toMatchObject({
    op: 'Exp',
    pieces: 8,
    bytes: 40 * KB,
    value: { name: 'x', shape: [10, KB] },
  });
});

test('many tensors that are small are not its business', () => {
  expect(tooLargeFor(graph, { bindingBytes: 40 * KB, bindings: 1 })).toEqual([]);
});

describe('what a run is told before it takes memory', () => {
  const model = tinyModel({ maxPositionEmbeddings: 64 }, 500);
  const identity = { executor: 'onnx', precision: 'f32' } as Executor['identity'];
  const config = (training: object = {}) => tinyConfig({ training: { maxSteps: 1, batchSize: 8, ...training } });
  const told = (limits: DeviceLimits, training = {}): readonly RunEvent[] => [
    ...limitsTold(model, config(training), { identity, limits }, [32]),
  ];

  test('nothing where all fits, or where the device does not tell', () => {
    expect(told({ bindingBytes: 1 << 27, bindings: 16 })).toEqual([]);
    expect([...limitsTold(model, config(), { identity }, [32])]).toEqual([]);
  });

  test('logits of too many sequences: a warning that names them and the key', () => {
    // 8 x 32 x 500 logits are 512,000 bytes; the table of 500 x 16 is 32,000.
    const [event, ...others] = told({ bindingBytes: 64_000, bindings: 12 });
    expect(others).toEqual([]);
    expect(event).toMatchObject({
      type: 'log.written',
      level: 'warning',
      message: expect.stringMatching(
        /^The tensor of logits \[256, 500\] takes 1 MB: .* pieces of 1 MB, and this device shows 12 to a kernel\. .* set training\.microBatchSize/,
      ),
    });
    expect(told({ bindingBytes: 64_000, bindings: 12 }, { microBatchSize: 1 })).toEqual([]);
  });

  test('a weight ends the run: no smaller pass makes it fit', () => {
    expect(() => told({ bindingBytes: 2_000, bindings: 16 }, { microBatchSize: 1 })).toThrow(
      expect.objectContaining({
        code: 'outOfMemory',
        message: expect.stringContaining('The weight model.embed_tokens.weight [500, 16]'),
        remedy: expect.stringContaining('smaller model or vocabulary'),
      }),
    );
  });
});

test('the estimate knows of 16 bits: smaller activations, all else as large; of a GPU it compares nothing', () => {
  const model = tinyModel({ hiddenSize: 64, intermediateSize: 176, maxPositionEmbeddings: 256 });
  const config = tinyConfig({ training: { maxSteps: 1, batchSize: 32 } });
  const estimate = (precision: 'f32' | 'f16') =>
    trainingMemory(model, config, { identity: { precision } as Executor['identity'] }, [128]);
  const [full, half] = [estimate('f32'), estimate('f16')];
  expect(half.activations / full.activations).toBeLessThan(0.7);
  expect({ ...half, activations: 0, peak: 0 }).toEqual({ ...full, activations: 0, peak: 0 });
  expect(memoryTold(half, null)).toMatchObject({
    level: 'info',
    message: expect.stringMatching(/^Memory: about \d+ MB on the GPU, which does not tell what it has \(weights /),
  });
});
