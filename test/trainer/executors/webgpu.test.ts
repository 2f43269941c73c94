import { afterAll, describe, expect, test, vi } from 'vitest';
import type { Executor, Program } from '../../../src/engine/executor.ts';
import { ExecutorError } from '../../../src/engine/executorError.ts';
import { sizeOf } from '../../../src/engine/graph/graph.ts';
import { product } from '../../../src/engine/nn/product.ts';
import { Decoder, type ChoosingPlace } from '../../../src/engine/generation/decoder.ts';
import { generate } from '../../../src/engine/generation/generate.ts';
import type { Generated, GenerationRequest } from '../../../src/engine/generation/sequence.ts';
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
  for (const executor of [webgpu.executor, webgpu.small, cpu, reference]) await executor?.dispose();
});

const model = tinyModel({ numHiddenLayers: 1 });

const requests: readonly GenerationRequest[] = Array.from({ length: 6 }, (_, i) => ({
  prompt: [...tokens(2 + (i >> 1), 9, i >> 1)].map((token) => token + 2),
  seed: i,
  maxNewTokens: 5 + i,
  temperature: i === 4 ? 0 : 1,
  topP: i % 3 === 1 ? 0.8 : 1,
  topK: i === 2 ? 4 : 0,
}));

/** What four slots write for six requests of three prompts, and what came to the host for it: numbers a run. */
const write = async (executor: Executor, place: ChoosingPlace) => {
  await allocateWeights(executor, model, someWeights(model, 0.3));
  const broughtHome: number[] = [];
  const compile = executor.compile.bind(executor);
  const spy = vi.spyOn(executor, 'compile').mockImplementation(async (program) => {
    const compiled = await compile(program);
    const run: typeof compiled.run = async (inputs) => {
      const returned = await compiled.run(inputs);
      broughtHome.push(Object.values(returned).reduce((sum, { length }) => sum + length, 0));
      return returned;
    };
    return { run, dispose: () => compiled.dispose() };
  });
  const decoder = new Decoder(executor, model, 4, place);
  const waiting = [...requests];
  const done = new Map<GenerationRequest, Generated>();
  for await (const { finished } of generate(decoder, [1], () => waiting.shift() ?? null))
    for (const { request, generated } of finished) done.set(request, generated);
  await decoder.dispose();
  spy.mockRestore();
  return { completions: requests.map((request) => done.get(request)!), mostBroughtHome: Math.max(...broughtHome) };
};

const expectSameCompletions = (actual: readonly Generated[], expected: readonly Generated[]): void => {
  expect(actual.map(({ tokens: ids }) => ids)).toEqual(expected.map(({ tokens: ids }) => ids));
  actual.forEach(({ logProbabilities }, i) =>
    logProbabilities.forEach((logProbability, at) =>
      expect(Math.abs(logProbability - expected[i]!.logProbabilities[at]!)).toBeLessThan(1e-4),
    ),
  );
};

test('completions chosen in the graph on the CPU are those chosen by the host', async () => {
  const [inGraph, onHost] = [await write(cpu, 'graph'), await write(cpu, 'host')];
  expect(new Set(onHost.completions.map(({ tokens: ids }) => ids.join())).size).toBe(requests.length);
  expectSameCompletions(inGraph.completions, onHost.completions);
});

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

  const { small } = webgpu;
  if (small === null) test.skip(`sums and twenty steps in 16 bits ${webgpu.missingSmall}`, () => undefined);
  else {
    test.each([
      ['a layer', [3, 4096], [2, 4096], { transposeB: true }],
      ['the gradient of a weight', [4096, 3], [4096, 2], { transposeA: true }],
      ['attention', [2, 3, 4096], [2, 4096, 2], {}],
    ] as const)(
      '%s over 4,096 terms of 0.25 sums to 1,024 in 16 bits too',
      async (_, a, b, options) => {
        const program: Program = {
          name: 'sum',
          inputs: [
            { name: 'a', shape: a, dtype: 'float32' },
            { name: 'b', shape: b, dtype: 'float32' },
          ],
          reads: [],
          writes: [],
          appends: [],
          returns: ['y'],
          precision: 'float16',
          body: (t) => ({ y: product(tensor(t, 'a'), tensor(t, 'b'), options) }),
        };
        const halves = (shape: readonly number[]) => new Float32Array(sizeOf(shape)).fill(0.5);
        const { y = new Float32Array() } = await runOnce(small, program, { a: halves(a), b: halves(b) });
        expect(new Set(y)).toEqual(new Set([1024]));
      },
      LONG,
    );

    test(
      'twenty steps in 16 bits have the losses of 32 within 1 %, whatever the scale',
      async () => {
        const here = await train(cpu, model, 20);
        for (const scale of [1, 2 ** 10]) {
          const there = await train(small, model, 20, scale);
          expectClose(there.losses, here.losses, 1e-2);
          expect(there.losses).not.toEqual(here.losses);
        }
      },
      LONG,
    );
  }

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

  test(
    'completions are those of the CPU, log-probabilities within 1e-4, and only ids and log-probabilities come to the host',
    async () => {
      const handles = executor.handles();
      const [there, here] = [await write(executor, 'auto'), await write(cpu, 'auto')];
      expectSameCompletions(there.completions, here.completions);
      expect(there.mostBroughtHome).toBe(2 * 4);
      expect(here.mostBroughtHome).toBeGreaterThanOrEqual(4 * model.vocabSize);
      expect(executor.handles()).toBe(handles);
    },
    LONG,
  );

  test('memory that cannot be had ends a program with outOfMemory, and the state is whole', async () => {
    const unlimited = await createOnnxExecutor({ provider: 'webgpu', adapter: webgpu.name });
    await unlimited.allocate('small', [2], Float32Array.of(1, 2));
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
    const run = runOnce(unlimited, program, { x: new Float32Array(side), y: new Float32Array(side) });
    await expect(run).rejects.toMatchObject({ name: 'ExecutorError', code: 'outOfMemory' });
    expect(await unlimited.read('small')).toEqual(Float32Array.of(1, 2));
    await unlimited.dispose();
  });

  test('a tensor that the device cannot show to a kernel is refused by its name when the program is compiled', async () => {
    const limits = { bindingBytes: 64, bindings: 8 };
    const narrow = await createOnnxExecutor({ provider: 'webgpu', adapter: webgpu.name, limits });
    await narrow.allocate('table', [11, 16]);
    const program: Program = {
      name: 'doubling',
      inputs: [],
      reads: ['table'],
      writes: ['table'],
      appends: [],
      returns: [],
      body: (t) => ({ table: tf.add(tensor(t, 'table'), tensor(t, 'table')) }),
    };
    const error = await narrow.compile(program).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'outOfMemory',
      message: expect.stringMatching(
        /^Program doubling needs table \[11, 16\] of 1 MB in Add: 33 pieces .* shows 8 to a kernel\.$/,
      ),
      remedy: expect.stringContaining('training.microBatchSize'),
    });
    await narrow.dispose();
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
