import { afterAll, describe, expect, test } from 'vitest';
import type { Program } from '../../../src/engine/executor.ts';
import { ExecutorError } from '../../../src/engine/executorError.ts';
import { decodeProgram } from '../../../src/engine/programs/decode.ts';
import { gradientsProgram } from '../../../src/engine/programs/gradients.ts';
import {
  allocateCache,
  allocateTraining,
  allocateWeights,
  freeCache,
  freeTraining,
} from '../../../src/engine/programs/state.ts';
import { tensor } from '../../../src/engine/programs/tensors.ts';
import * as tf from '../../../src/engine/tf.ts';
import { explained } from '../../../src/trainer/executors/onnxErrors.ts';
import { createOnnxExecutor } from '../../../src/trainer/executors/onnx.ts';
import { createReferenceExecutor } from '../../../src/trainer/executors/reference.ts';
import { pieces } from '../../engine/nn/pieces.ts';
import {
  expectClose,
  pieceInputs,
  pieceProgram,
  runOnce,
  someWeights,
  tinyModel,
  tokens,
} from '../../engine/support.ts';
import { decode, train } from '../../support/training.ts';
import { webgpuForTests } from '../../support/webgpu.ts';

/** On software Vulkan a new shader takes up to a second on a busy machine, and a model has a hundred. */
const LONG = 300_000;
const TOLERANCE = 1e-3;

const webgpu = await webgpuForTests();
const cpu = await createOnnxExecutor({ threads: 1 });
const reference = await createReferenceExecutor();
afterAll(async () => {
  for (const executor of [webgpu.executor, cpu, reference]) await executor?.dispose();
});

const model = tinyModel({ numHiddenLayers: 1 });

/** Words of onnxruntime-node 1.30; a device cannot be made to be lost from here. */
test.each([
  ['Error: WebGPU validation failed. [Invalid Buffer (unlabeled)] is invalid due to a previous error.', 'outOfMemory'],
  ['Error: vkAllocateMemory failed with VK_ERROR_OUT_OF_DEVICE_MEMORY', 'outOfMemory'],
  ['std::bad_alloc', 'outOfMemory'],
  ['Error: [Device "a"] is lost.', 'deviceLost'],
  ['Error: Failed to download data from buffer. wgpu::MapAsyncStatus value: 3', 'deviceLost'],
])('%s is told as %s', (words, code) => {
  const error = explained(words, { name: 'update' });
  expect(error).toMatchObject({ name: 'ExecutorError', code, remedy: expect.any(String) });
  expect(explained('Error: no such node', { name: 'update' })).not.toBeInstanceOf(ExecutorError);
});

describe(webgpu.name, () => {
  const found = webgpu.executor;
  if (found === null) {
    test.skip(`pieces, training and decoding ${webgpu.missing}`, () => undefined);
    return;
  }
  const executor = found;

  test.each(pieces)(
    '$name: recorded equals composite within 1e-3, forward and backward',
    async (piece) => {
      const [program, inputs] = [pieceProgram(piece), pieceInputs(piece)];
      const [fast, truth] = [await runOnce(executor, program, inputs), await runOnce(reference, program, inputs)];
      for (const name of program.returns) expectClose(fast[name] ?? [], truth[name] ?? [], TOLERANCE);
    },
    LONG,
  );

  test(
    'twenty steps have the losses of the CPU, and weights outlive the programs that made them',
    async () => {
      const handles = executor.handles();
      const [there, here] = [await train(executor, model, 20), await train(cpu, model, 20)];
      expect(here.losses.at(-1)).toBeLessThan((here.losses[0] ?? 0) / 1.5);
      expectClose(there.losses, here.losses, TOLERANCE);
      for (const [name, { values }] of Object.entries(here.weights))
        expectClose(there.weights[name]?.values ?? [], values, 1e-2);
      expect(executor.handles() - handles).toBe(model.parameters.length);
    },
    LONG,
  );

  test(
    'blocks computed again and logits in chunks have the loss and the gradients of the CPU',
    async () => {
      const inputs = {
        input_ids: tokens(32, 11, 3),
        labels: tokens(32, 11, 5),
        loss_scale: Float32Array.of(1 / 32),
      };
      const results = [];
      for (const at of [executor, cpu]) {
        await allocateWeights(at, model, someWeights(model, 0.3));
        await allocateTraining(at, model);
        const { loss } = await runOnce(
          at,
          gradientsProgram(model, 4, 8, { isRecomputed: true, mostLogits: 88 }),
          inputs,
        );
        results.push([...(loss ?? []), ...(await at.read('grad.model.embed_tokens.weight'))]);
        await freeTraining(at, model);
      }
      expectClose(results[0] ?? [], results[1] ?? [], TOLERANCE);
    },
    LONG,
  );

  test(
    'decoding over a cache that grows has the logits of the CPU',
    async () => {
      const [there, here] = [await decode(executor, model), await decode(cpu, model)];
      expect(here).toHaveLength(4 * 2 * 11);
      expectClose(there, here, TOLERANCE);
    },
    LONG,
  );

  test('memory that cannot be had ends a program with outOfMemory, and the state is whole', async () => {
    await executor.allocate('small', [2], Float32Array.of(1, 2));
    const side = 65_000;
    const program: Program = {
      name: 'seventeen gigabytes',
      inputs: [
        { name: 'x', shape: [side, 1], dtype: 'float32' },
        { name: 'y', shape: [1, side], dtype: 'float32' },
      ],
      reads: [],
      writes: [],
      appends: [],
      returns: ['sum'],
      body: (t) => ({ sum: tf.sum(tf.exp(tf.add(tensor(t, 'x'), tensor(t, 'y')))) }),
    };
    const run = runOnce(executor, program, { x: new Float32Array(side), y: new Float32Array(side) });
    await expect(run).rejects.toMatchObject({ name: 'ExecutorError', code: 'outOfMemory' });
    expect(await executor.read('small')).toEqual(Float32Array.of(1, 2));
    await executor.free('small');
  });

  test('a time behind the end of a cache is refused', async () => {
    await allocateWeights(executor, model, someWeights(model, 0.3));
    await allocateCache(executor, model, 2, 3);
    const program = await executor.compile(decodeProgram(model, 2, 3));
    const late = program.run({ ids: Int32Array.of(1, 1), positions: Int32Array.of(0, 3) });
    await expect(late).rejects.toThrow(/Slot 1 writes at time 3, but its cache ends at 3; grow it/);
    await program.dispose();
    await freeCache(executor, model);
  });
});
