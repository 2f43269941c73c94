import { afterAll, describe, expect, test } from 'vitest';
import type { Program } from '../../../src/engine/executor.ts';
import { gradientsProgram } from '../../../src/engine/programs/gradients.ts';
import { allocateTraining, allocateWeights, freeTraining } from '../../../src/engine/programs/state.ts';
import { tensor } from '../../../src/engine/programs/tensors.ts';
import * as tf from '../../../src/engine/tf.ts';
import { createOnnxExecutor } from '../../../src/trainer/executors/onnx.ts';
import { createReferenceExecutor } from '../../../src/trainer/executors/reference.ts';
import { explainedTensorflow } from '../../../src/trainer/executors/tensorflowErrors.ts';
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
import { tensorflowForTests } from '../../support/tensorflow.ts';
import { decode, train } from '../../support/training.ts';

const onnx = await createOnnxExecutor({ threads: 1 });
const reference = await createReferenceExecutor();
const tensorflow = await tensorflowForTests();
afterAll(async () => {
  for (const executor of [tensorflow.executor, onnx, reference]) await executor?.dispose();
});

const model = tinyModel();

/** Words of libtensorflow 2.15 and of its CUDA parts. */
test.each([
  ['Invalid TF_Status: 8\nMessage: OOM when allocating tensor with shape[9] and type float', 'outOfMemory'],
  ['CUDA_ERROR_OUT_OF_MEMORY: out of memory', 'outOfMemory'],
  ['failed call to cuInit: CUDA_ERROR_UNKNOWN: unknown error', 'deviceLost'],
  ['Could not synchronize CUDA stream: CUDA_ERROR_ILLEGAL_ADDRESS', 'deviceLost'],
])('%s is told as %s', (words, code) => {
  const error = explainedTensorflow(new Error(words), { name: 'update' });
  expect(error).toMatchObject({ name: 'ExecutorError', code, remedy: expect.any(String) });
  expect(explainedTensorflow(new Error('Invalid TF_Status: 3\nMessage: shapes differ'), { name: 'x' })).toBeNull();
});

describe(tensorflow.name, () => {
  const found = tensorflow.executor;
  if (found === null) {
    test.skip(`pieces, training and decoding ${tensorflow.missing}`, () => undefined);
    return;
  }
  const executor = found;
  const tolerance = executor.identity.provider === 'cuda' ? 1e-3 : 1e-5;

  test.each(pieces)('$name: as on the reference within 1e-5 (CUDA: 1e-3), forward and backward', async (piece) => {
    const [program, inputs] = [pieceProgram(piece), pieceInputs(piece)];
    const [fast, truth] = [await runOnce(executor, program, inputs), await runOnce(reference, program, inputs)];
    for (const name of program.returns) expectClose(fast[name] ?? [], truth[name] ?? [], tolerance);
  });

  test('twenty steps have the losses of the reference and of ONNX Runtime within 1e-4', async () => {
    const losses = [];
    for (const at of [executor, reference, onnx]) losses.push((await train(at, model, 20)).losses);
    const [there = [], slow = [], fast = []] = losses;
    expect(slow.at(-1)).toBeLessThan((slow[0] ?? 0) / 1.5);
    expectClose(there, slow, 1e-4);
    expectClose(there, fast, 1e-4);
  });

  test('blocks computed again and logits in chunks have the loss and the gradients of ONNX Runtime', async () => {
    const settings = { isRecomputed: true, mostLogits: 88 };
    const inputs = {
      input_ids: tokens(32, 11, 3),
      labels: tokens(32, 11, 5),
      loss_scale: Float32Array.of(1 / 32),
    };
    const results = [];
    for (const at of [executor, onnx]) {
      await allocateWeights(at, model, someWeights(model, 0.3));
      await allocateTraining(at, model);
      const { loss } = await runOnce(at, gradientsProgram(model, 4, 8, settings), inputs);
      results.push([...(loss ?? []), ...(await at.read('grad.model.embed_tokens.weight'))]);
      await freeTraining(at, model);
    }
    expectClose(results[0] ?? [], results[1] ?? [], tolerance);
  });

  test('decoding over a cache that grows has the logits of ONNX Runtime', async () => {
    const [there, here] = [await decode(executor, model), await decode(onnx, model)];
    expect(here).toHaveLength(4 * 2 * 11);
    expectClose(there, here, tolerance);
  });

  test('memory that cannot be had ends a program with outOfMemory, and the state is whole', async () => {
    await executor.allocate('small', [2], Float32Array.of(1, 2));
    const side = 8_000_000;
    const program: Program = {
      name: 'terabytes',
      inputs: [
        { name: 'x', shape: [side, 1], dtype: 'float32' },
        { name: 'y', shape: [1, side], dtype: 'float32' },
      ],
      reads: [],
      writes: [],
      appends: [],
      returns: ['sum'],
      body: (t) => ({ sum: tf.sum(tf.add(tensor(t, 'x'), tensor(t, 'y'))) }),
    };
    const before = tf.memory().numTensors;
    const run = runOnce(executor, program, { x: new Float32Array(side), y: new Float32Array(side) });
    await expect(run).rejects.toMatchObject({ name: 'ExecutorError', code: 'outOfMemory' });
    expect(tf.memory().numTensors).toBe(before);
    expect(await executor.read('small')).toEqual(Float32Array.of(1, 2));
    await executor.free('small');
  });
});
