import { afterAll, describe, expect, test } from 'vitest';
import type { Program, Shape } from '../../../src/engine/executor.ts';
import type { Graph } from '../../../src/engine/graph/graph.ts';
import { record } from '../../../src/engine/graph/record.ts';
import { decodeProgram } from '../../../src/engine/programs/decode.ts';
import { gradientsProgram } from '../../../src/engine/programs/gradients.ts';
import { cacheNames, gradientName } from '../../../src/engine/programs/names.ts';
import { tensor } from '../../../src/engine/programs/tensors.ts';
import * as tf from '../../../src/engine/tf.ts';
import { createOnnxExecutor } from '../../../src/trainer/executors/onnx.ts';
import { createReferenceExecutor } from '../../../src/trainer/executors/reference.ts';
import { interpret } from '../interpreter.ts';
import { expectClose, noise, runOnce, tinyModel } from '../support.ts';

const [onnx, reference] = [await createOnnxExecutor({ threads: 1 }), await createReferenceExecutor()];
afterAll(async () => {
  await onnx.dispose();
  await reference.dispose();
});

/** A program of one float32 input `x` and one output `y`. */
const program = (shape: Shape, body: (x: tf.Tensor) => tf.Tensor): Program => ({
  name: 'test',
  inputs: [{ name: 'x', shape, dtype: 'float32' }],
  reads: [],
  writes: [],
  appends: [],
  returns: ['y'],
  body: (tensors) => ({ y: body(tensor(tensors, 'x')) }),
});
const operators = (graph: Graph): string[] => graph.nodes.map(({ op }) => op);

describe('record', () => {
  test('names the kernel that is missing and the program that wants it', () => {
    expect(() =>
      record(
        program([3], (x) => tf.atan(x)),
        {},
      ),
    ).toThrow(/Program test uses the tfjs kernel Atan, .*recorder/);
  });

  test('refuses to read a value inside a body', () => {
    expect(() =>
      record(
        program([3], (x) => tf.scalar(x.dataSync()[0] ?? 0)),
        {},
      ),
    ).toThrow(/value was read inside a recorded body/);
  });

  test('names state that is not allocated', () => {
    expect(() => record({ ...program([3], (x) => x), reads: ['w'] }, {})).toThrow(/Program test reads state w/);
  });

  test('folds fills, ones and zeros into scalars and drops what changes nothing', () => {
    const graph = record(
      program([64, 64], (x) => {
        const doubled = tf.mul(x, tf.fill([64, 64], 2));
        return tf.add(tf.div(tf.mul(doubled, tf.onesLike(x)), tf.ones([64, 64])), tf.zeros([64, 64]));
      }),
      {},
    );
    expect(operators(graph)).toEqual(['Mul']);
    expect(graph.constants.map(({ shape, values }) => [shape, Array.from(values as Float32Array)])).toEqual([
      [[], [2]],
    ]);
  });

  test('computes with constant scalars while recording', () => {
    const graph = record(
      program([2], (x) => tf.mul(x, tf.sqrt(tf.add(tf.scalar(7), tf.square(tf.scalar(3)))))),
      {},
    );
    expect(operators(graph)).toEqual(['Mul']);
    expect(interpret(graph, { x: [1, 2] })['y']).toEqual(Float64Array.of(4, 8));
  });

  test('keeps a reshaped constant a constant and joins reshapes of reshapes', () => {
    const graph = record(
      program([6], (x) => {
        const table = tf.reshape(tf.tensor([1, 2, 3, 4, 5, 6]), [2, 3]);
        return tf.add(tf.reshape(tf.reshape(x, [3, 2]), [2, 3]), table);
      }),
      {},
    );
    expect(operators(graph)).toEqual(['Reshape', 'Add']);
  });

  test('drops what no output needs', () => {
    const graph = record(
      program([4], (x) => {
        tf.exp(tf.mul(x, 3));
        return tf.neg(x);
      }),
      {},
    );
    expect(operators(graph)).toEqual(['Neg']);
  });

  test('an input that is handed through, and one value under two names, become outputs of their own', () => {
    const graph = record(
      {
        ...program([2], (x) => x),
        body: ({ x = tf.scalar(0) }) => ({ a: x, b: tf.neg(x), c: tf.clone(x), y: tf.neg(x) }),
      },
      {},
    );
    expect(new Set(graph.outputs.map(({ source }) => source)).size).toBe(4);
    expect(interpret(graph, { x: [1, -2] })).toEqual({
      a: Float64Array.of(1, -2),
      b: Float64Array.of(-1, 2),
      c: Float64Array.of(1, -2),
      y: Float64Array.of(-1, 2),
    });
  });

  test('leaves the backend as it was and keeps no tensors, also when the body throws', async () => {
    await tf.setBackend('cpu');
    const model = tinyModel();
    const shapes = Object.fromEntries(
      model.parameters.flatMap(({ name, shape }) => [
        [name, shape],
        [gradientName(name), shape],
      ]),
    );
    const before = tf.memory().numTensors;
    record(gradientsProgram(model, 2, 4), shapes);
    expect(() =>
      record(
        program([3], (x) => tf.atan(x)),
        {},
      ),
    ).toThrow();
    expect(tf.getBackend()).toBe('cpu');
    expect(tf.memory().numTensors).toBe(before);
  });

  test('a training step of the decoder stays lean: no node per head, no large constants', () => {
    const model = tinyModel({ maxPositionEmbeddings: 64 });
    const shapes = Object.fromEntries(
      model.parameters.flatMap(({ name, shape }) => [
        [name, shape],
        [gradientName(name), shape],
      ]),
    );
    const graph = record(gradientsProgram(model, 16, 64), shapes);
    const bytes = graph.constants.reduce((sum, { values }) => sum + values.byteLength, 0);
    expect(graph.nodes.length).toBeLessThan(180 * model.cache.layers);
    expect(bytes).toBeLessThan(40_000);
  });

  test('decoding looks at the whole cache without copying it', () => {
    const model = tinyModel();
    const { layers, heads, headDim } = model.cache;
    const cache = Array.from({ length: layers }, (_, i) => [`cache.k.${i}`, `cache.v.${i}`]).flat();
    const shapes = Object.fromEntries([
      ...model.parameters.map(({ name, shape }) => [name, shape]),
      ...cache.map((name) => [name, [4, heads, 16, headDim]]),
    ]);
    const graph = record(decodeProgram(model, 4, 16), shapes);
    const users = graph.nodes.filter(({ inputs }) => inputs.some((name) => cache.includes(name)));
    expect(new Set(users.map(({ op }) => op))).toEqual(new Set(['MatMul', 'FusedMatMul']));
  });

  test('decoding in place reads and writes each cache in one kernel', () => {
    const model = tinyModel({ hiddenSize: 32 });
    const { heads, headDim } = model.cache;
    const caches = cacheNames(model);
    const shapes = Object.fromEntries([
      ...model.parameters.map(({ name, shape }) => [name, shape]),
      ...caches.map((name) => [name, [4, heads, 16, headDim]]),
    ]);
    const { nodes, outputs } = record(decodeProgram(model, 4, 16, { isInPlace: true }), shapes);
    const kernels = nodes.filter(({ op }) => op === 'GroupQueryAttention');
    expect(nodes.filter(({ inputs }) => inputs.some((name) => caches.includes(name)))).toEqual(kernels);
    const written = kernels.flatMap(({ outputs: [, keys, values] }) => [keys?.name, values?.name]);
    expect(caches.map((name) => outputs.find((output) => output.name === name)?.source)).toEqual(written);
  });
});

/** Ordinary tfjs code, one entry per group of kernels; each is recorded, run on ONNX Runtime and compared with tfjs's own backend. */
const bodies: readonly (readonly [name: string, body: (x: tf.Tensor) => tf.Tensor])[] = [
  [
    'binary',
    (x) => tf.sub(tf.maximum(tf.div(x, 3), tf.minimum(x, 0.2)), tf.squaredDifference(x, tf.tensor([1, 2, 3, 4]))),
  ],
  ['unary', (x) => tf.add(tf.rsqrt(tf.add(tf.abs(x), 1)), tf.tanh(tf.reciprocal(tf.add(tf.exp(x), tf.relu(x)))))],
  ['comparison', (x) => tf.where(tf.logicalOr(tf.greater(x, 0.5), tf.lessEqual(x, -0.5)), x, tf.square(x))],
  ['select by a scalar', (x) => tf.where(tf.less(tf.sum(x), 1e9), x, tf.neg(x))],
  ['not equal', (x) => tf.cast(tf.notEqual(x, tf.floor(x)), 'float32')],
  ['finite', (x) => tf.cast(tf.isFinite(tf.div(x, tf.relu(x))), 'float32')],
  ['cast', (x) => tf.cast(tf.cast(tf.mul(x, 10), 'int32'), 'float32')],
  ['reductions', (x) => tf.add(tf.mean(x, 1, true), tf.sub(tf.max(x, 0), tf.min(x)))],
  ['softmax', (x) => tf.add(tf.softmax(x), tf.logSoftmax(x))],
  ['transpose and slice', (x) => tf.slice(tf.transpose(x), [1, 0], [2, 3])],
  [
    'pad',
    (x) =>
      tf.pad(
        x,
        [
          [1, 0],
          [0, 2],
        ],
        7,
      ),
  ],
  ['concat, stack and split', (x) => tf.concat([...tf.split(x, 2, 1), tf.stack([tf.sum(x, 1), tf.max(x, 1)], 1)], 1)],
  ['tile', (x) => tf.tile(tf.reshape(x, [3, 1, 4]), [1, 2, 2])],
  ['repeat an axis', (x) => tf.mul(tf.tile(tf.sum(x, 0, true), [3, 1]), x)],
  ['gather', (x) => tf.gather(x, tf.tensor([2, 0, 2], [3], 'int32'))],
  ['matrix products', (x) => tf.matMul(tf.matMul(x, x, true, false), tf.matMul(x, x, true, false), false, true)],
  ['range and fill', (x) => tf.add(tf.mul(x, tf.range(0, 4)), tf.fill([3, 4], 0.5))],
  ['one-element pieces', (x) => tf.expandDims(tf.mul(tf.slice(x, [1, 1], [1, 1]), tf.scalar(3)), 0)],
];

describe('kernels, recorded and run on ONNX Runtime, equal tfjs on its own backend', () => {
  test.each(bodies)('%s', async (_, body) => {
    const [shape, values] = [[3, 4], noise(5, 12, 2)];
    const { y: truth = new Float32Array() } = await runOnce(reference, program(shape, body), { x: values });
    const { y = new Float32Array() } = await runOnce(onnx, program(shape, body), { x: values });
    expectClose(y, truth, 1e-5);
  });

  test.each(bodies.slice(0, 2).concat(bodies.slice(7, 9)))('%s, gradient', async (_, body) => {
    const [shape, values] = [[3, 4], noise(5, 12, 2)];
    const slope = program(shape, (x) => tf.grad((at: tf.Tensor) => tf.sum(tf.square(body(at))))(x));
    const { y: truth = new Float32Array() } = await runOnce(reference, slope, { x: values });
    const { y = new Float32Array() } = await runOnce(onnx, slope, { x: values });
    expectClose(y, truth, 1e-5);
  });
});
