import { expect, test } from 'vitest';
import type { Program } from '../../../src/engine/executor.ts';
import { record } from '../../../src/engine/graph/record.ts';
import * as tf from '../../../src/engine/tf.ts';
import { forCpu } from '../../../src/trainer/executors/cpuGraph.ts';
import { interpret } from '../../engine/interpreter.ts';
import { expectClose, noise } from '../../engine/support.ts';

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
      shape.reduce((a, b) => a * b, 1),
      i + 1,
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
