import { expect, test } from 'vitest';
import type { Program } from '../../../src/engine/executor.ts';
import { float } from '../../../src/engine/graph/graph.ts';
import { record } from '../../../src/engine/graph/record.ts';
import * as tf from '../../../src/engine/tf.ts';
import { forCpu } from '../../../src/trainer/executors/cpuGraph.ts';
import { createOnnxExecutor } from '../../../src/trainer/executors/onnx.ts';
import { withTurned } from '../../../src/trainer/executors/turnedProducts.ts';
import { interpret } from '../../engine/interpreter.ts';
import { expectClose, noise, runOnce } from '../../engine/support.ts';

const shapes = { x: [6, 4], w: [3, 4], g: [6, 3], y: [6, 3], before: [3, 4], row: [3] };
type Named = Readonly<Record<keyof typeof shapes, tf.Tensor>>;

const program = (body: (tensors: Named) => Record<string, tf.Tensor>): Program => ({
  name: 'sums',
  inputs: Object.entries(shapes).map(([name, shape]) => ({ name, shape, dtype: 'float32' })),
  reads: [],
  writes: [],
  appends: [],
  returns: [],
  body: (tensors) => body(tensors as Named),
});

const feeds = Object.fromEntries(
  Object.entries(shapes).map(([name, shape], i) => [
    name,
    noise(
      i + 1,
      shape.reduce((a, b) => a * b, 1),
    ),
  ]),
);

test.each<readonly [string, number, (tensors: Named) => Record<string, tf.Tensor>]>([
  ['on the right, with a transposed weight', 1, ({ x, w, y }) => ({ out: tf.add(y, tf.matMul(x, w, false, true)) })],
  [
    'on the left, with a transposed left matrix',
    1,
    ({ x, g, before }) => ({ out: tf.add(tf.matMul(g, x, true), before) }),
  ],
  [
    'two products, of which one adds the other',
    1,
    ({ x, w, g }) => ({
      out: tf.add(tf.matMul(g, w), tf.mul(tf.matMul(g, w), x)),
    }),
  ],
  [
    'a sum of two products',
    1,
    ({ x, w, g }) => ({ out: tf.add(tf.matMul(g, w), tf.matMul(tf.matMul(x, w, false, true), w)) }),
  ],
])('%s: the sum is part of the product, with the same values', (_, count, body) => {
  const plain = record(program(body), {});
  const rewritten = forCpu(plain);
  expect(rewritten.nodes.filter(({ op }) => op === 'Gemm')).toHaveLength(count);
  expect(rewritten.nodes.filter(({ op }) => op === 'Add')).toHaveLength(0);
  expectClose(interpret(rewritten, feeds)['out'] ?? [], interpret(plain, feeds)['out'] ?? [], 1e-12);
});

test.each<readonly [string, (tensors: Named) => Record<string, tf.Tensor>]>([
  ['what is added is a row', ({ x, w, row }) => ({ out: tf.add(tf.matMul(x, w, false, true), row) })],
  [
    'the product is an output too',
    ({ x, w, y }) => {
      const product = tf.matMul(x, w, false, true);
      return { product, out: tf.add(product, y) };
    },
  ],
  [
    'the product is added to itself',
    ({ x, w }) => {
      const product = tf.matMul(x, w, false, true);
      return { out: tf.add(product, product) };
    },
  ],
])('%s: nothing is changed', (_, body) => {
  const plain = record(program(body), {});
  expect(forCpu(plain)).toEqual(plain);
});

test('the left matrix of x^T y is turned once for all its products, with the same values', () => {
  const plain = record(
    program(({ x, g, y }) => ({
      one: tf.matMul(g, x, true),
      other: tf.matMul(g, y, true),
      third: tf.matMul(y, x, true),
    })),
    {},
  );
  const rewritten = withTurned(plain, 3);
  const count = (op: string): number => rewritten.nodes.filter((node) => node.op === op).length;
  expect([count('Transpose'), count('MatMul'), count('FusedMatMul')]).toEqual([2, 3, 0]);
  const [truth, same] = [interpret(plain, feeds), interpret(rewritten, feeds)];
  for (const name of ['one', 'other', 'third']) expectClose(same[name] ?? [], truth[name] ?? [], 1e-12);
});

test('a matrix is not turned for a narrow result, for a transposed right matrix, or where the product has a factor', () => {
  const plain = record(
    program(({ x, w, g }) => ({ narrow: tf.matMul(x, g, true), both: tf.matMul(tf.matMul(g, w), x, true, true) })),
    {},
  );
  expect(withTurned(plain, 4)).toEqual(plain);
  const scaled = {
    ...plain,
    nodes: plain.nodes.map((node) => ({ ...node, attributes: { ...node.attributes, alpha: float(2) } })),
  };
  expect(withTurned(scaled, 1)).toEqual(scaled);
});

test('a matrix of many numbers is not turned', () => {
  const { inputs, ...rest } = record(
    program(({ g, x }) => ({ out: tf.matMul(g, x, true) })),
    {},
  );
  const large = {
    ...rest,
    inputs: inputs.map((input) => (input.name === 'g' ? { ...input, shape: [6, 2 ** 21] } : input)),
  };
  expect(withTurned(large, 1)).toEqual(large);
});

test('ONNX Runtime computes turned products of a size that is worth it as the reference does', async () => {
  const [rows, left, right] = [5, 3, 520];
  const large: Program = {
    name: 'turned',
    inputs: [
      { name: 'a', shape: [rows, left], dtype: 'float32' },
      { name: 'b', shape: [rows, right], dtype: 'float32' },
    ],
    reads: [],
    writes: [],
    appends: [],
    returns: ['out'],
    body: ({ a, b }): Record<string, tf.Tensor> => (a && b ? { out: tf.matMul(a, b, true) } : {}),
  };
  const fed = { a: noise(1, rows * left), b: noise(2, rows * right) };
  const graph = record(large, {});
  expect(forCpu(graph).nodes.map(({ op }) => op)).toContain('Transpose');
  const executor = await createOnnxExecutor({ threads: 1 });
  const { out } = await runOnce(executor, large, fed);
  await executor.dispose();
  expectClose(out ?? [], interpret(graph, fed)['out'] ?? [], 1e-6);
});
