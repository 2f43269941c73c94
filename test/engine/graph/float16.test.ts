/** The graph of a training step in 16 bits: what is small, what is not, and how far its numbers are from those of 32. */
import { describe, expect, test } from 'vitest';
import { product, type ProductOptions } from '../../../src/engine/nn/product.ts';
import { tensor } from '../../../src/engine/programs/tensors.ts';
import { inFloat16 } from '../../../src/engine/graph/float16.ts';
import type { Graph, GraphDtype } from '../../../src/engine/graph/graph.ts';
import { peakBytes } from '../../../src/engine/graph/liveness.ts';
import { record } from '../../../src/engine/graph/record.ts';
import { IGNORED } from '../../../src/engine/nn/crossEntropy.ts';
import { gradientsProgram, type PassSettings } from '../../../src/engine/programs/gradients.ts';
import { gradientName } from '../../../src/engine/programs/names.ts';
import { withAdapters } from '../../../src/engine/families/lora.ts';
import { trainedParameters } from '../../../src/engine/families/index.ts';
import { interpret, toFloat16 } from '../interpreter.ts';
import { pieces } from '../nn/pieces.ts';
import { expectClose, noise, pieceInputs, pieceProgram, someWeights, tinyModel, tokens } from '../support.ts';

const SMALL = 'float16' as const;
const [batch, length] = [2, 5];
const model = tinyModel();
const lora = withAdapters(model, { rank: 2, alpha: 4, targetModules: ['q_proj', 'down_proj'] });

const passOf = (of: typeof model, settings: PassSettings): Graph => {
  const state = [
    ...of.parameters.map(({ name, shape }) => [name, shape] as const),
    ...trainedParameters(of).map(({ name, shape }) => [gradientName(name), shape] as const),
  ];
  return record(gradientsProgram(of, batch, length, settings), Object.fromEntries(state));
};

const feeds = (of: typeof model, lossScale: number): Record<string, ArrayLike<number>> => ({
  input_ids: tokens(batch * length, of.vocabSize),
  labels: tokens(batch * length, of.vocabSize, 3).map((label, i) => (i % 3 === 0 ? IGNORED : label)),
  loss_scale: [lossScale],
  accumulate: [0],
  ...Object.fromEntries(
    Object.entries(someWeights(of)).flatMap(([name, { values }]) => [
      [name, values],
      [gradientName(name), values],
    ]),
  ),
});

const typesOf = (graph: Graph): ReadonlyMap<string, GraphDtype> =>
  new Map(
    [...graph.inputs, ...graph.constants, ...graph.nodes.flatMap(({ outputs }) => outputs)].map((x) => [
      x.name,
      x.dtype,
    ]),
  );

/** Operators whose floats may differ in width: a cast, and a normalization's statistics. */
const MIXED = new Set(['Cast']);

const settings: readonly (readonly [string, typeof model, PassSettings])[] = [
  ['whole', model, {}],
  ['blocks computed again, logits in chunks', model, { isRecomputed: true, mostLogits: 44 }],
  ['adapters', lora, {}],
];

describe.each(settings)('a pass in 16 bits (%s)', (_, of, more) => {
  const [full, half] = [passOf(of, more), passOf(of, { ...more, precision: SMALL })];

  test('is whole: each operator has floats of one width, made before they are used; inputs and outputs have 32 bits', () => {
    const types = typesOf(half);
    const made = new Set([...half.inputs, ...half.constants].map(({ name }) => name));
    for (const { op, inputs, outputs } of half.nodes) {
      for (const name of inputs) if (name) expect(made, `${op} wants ${name}`).toContain(name);
      for (const { name } of outputs) made.add(name);
      const widths = [...inputs, ...outputs.map(({ name }) => name)].map((name) => types.get(name));
      if (!MIXED.has(op)) expect(widths.includes('float32') && widths.includes(SMALL), op).toBe(false);
    }
    for (const { name } of half.inputs) expect(types.get(name)).not.toBe(SMALL);
    for (const { source } of half.outputs) expect(types.get(source)).toBe('float32');
    expect(half.outputs.map(({ name, shape }) => [name, shape])).toEqual(
      full.outputs.map(({ name, shape }) => [name, shape]),
    );
  });

  test('computes products in 16 bits; what adds up, divides or exponentiates in 32', () => {
    const widthOf = new Map<string, Set<GraphDtype>>();
    for (const { op, outputs } of half.nodes)
      for (const { dtype } of outputs) widthOf.set(op, (widthOf.get(op) ?? new Set()).add(dtype));
    const products = half.nodes.filter(
      ({ op, outputs: [output] }) => op.endsWith('MatMul') && output && !output.shape.slice(-2).includes(1),
    );
    const small = products.filter(({ outputs: [output] }) => output?.dtype === SMALL);
    // All but the gradient of the embedding, which adds up rows.
    expect(products.length - small.length).toBe(of === lora ? 0 : 1);
    for (const op of ['Softmax', 'SimplifiedLayerNormalization', 'Exp', 'Log', 'ReduceSum', 'ReduceMax'])
      expect([op, [...(widthOf.get(op) ?? [])]]).toEqual([op, ['float32']]);
    expect(widthOf.get('Sigmoid')).toEqual(new Set([SMALL]));
    expect(widthOf.get('RotaryEmbedding')).toEqual(new Set([SMALL]));
  });

  test('without rounding is the same computation', () => {
    const exact: Graph = {
      ...half,
      nodes: half.nodes.map((node) => ({
        ...node,
        outputs: node.outputs.map((x) => (x.dtype === SMALL ? { ...x, dtype: 'float32' as const } : x)),
      })),
    };
    const [is, should] = [interpret(exact, feeds(of, 0.1)), interpret(full, feeds(of, 0.1))];
    for (const [name, values] of Object.entries(should)) expectClose(is[name] ?? [], values, 1e-12);
  });

  test('with it, loss within 1e-3 and every gradient within 2 % of its largest entry', () => {
    const scale = 1024;
    const [is, should] = [interpret(half, feeds(of, 0.1 * scale)), interpret(full, feeds(of, 0.1 * scale))];
    expectClose(is['loss'] ?? [], should['loss'] ?? [], 1e-3);
    let isRounded = false;
    for (const [name, values] of Object.entries(should)) {
      expectClose(is[name] ?? [], values, 2e-2);
      isRounded ||= values.some((value, i) => value !== is[name]?.[i]);
    }
    expect(isRounded).toBe(true);
  });
});

test('a scale keeps gradients that would vanish, and one that is too large overflows where it can be seen', () => {
  const half = passOf(model, { precision: SMALL });
  const name = gradientName('model.layers.0.mlp.up_proj.weight');
  const gradient = (scale: number): Float64Array =>
    interpret(half, feeds(model, scale), [name])[name] ?? new Float64Array();
  const zeros = (values: Float64Array): number => values.filter((value) => value === 0).length;
  const [bare, scaled] = [gradient(1e-7), gradient(1e-7 * 2 ** 16)];
  expect(zeros(bare)).toBeGreaterThan(bare.length / 2);
  expect(zeros(scaled)).toBe(0);
  expect(gradient(1e7).every(Number.isFinite)).toBe(false);
});

describe('long sums, which WebGPU adds up in 16 bits', () => {
  const productOf = (shapes: Record<'a' | 'b', readonly number[]>, options: ProductOptions): Graph =>
    record(
      {
        name: 'product',
        inputs: [...Object.entries(shapes)].map(([name, shape]) => ({ name, shape, dtype: 'float32' as const })),
        reads: [],
        writes: [],
        appends: [],
        returns: ['y'],
        precision: SMALL,
        body: (t) => ({ y: product(tensor(t, 'a'), tensor(t, 'b'), options) }),
      },
      {},
    );
  const valuesOf = (graph: Graph, op: string): readonly string[] =>
    graph.nodes
      .filter((node) => node.op === op)
      .flatMap(({ outputs }) => outputs.map((x) => `${x.dtype} ${x.shape.join('x')}`));

  test('the gradient of a weight over 1,536 tokens is made of three parts that are added up in 32', () => {
    const graph = productOf({ a: [1536, 3], b: [1536, 2] }, { transposeA: true });
    expect(valuesOf(graph, 'FusedMatMul')).toEqual(['float16 3x3x2']);
    expect(valuesOf(graph, 'ReduceSum')).toEqual(['float32 3x2']);
    const [a, b] = [noise(1, 1536 * 3), noise(2, 1536 * 2)];
    const expected = Array.from({ length: 6 }, (_, i) =>
      a.reduce((sum, x, at) => (at % 3 === i >> 1 ? sum + x * (b[Math.floor(at / 3) * 2 + (i & 1)] ?? 0) : sum), 0),
    );
    expectClose(interpret(graph, { a, b })['y'] ?? [], expected, 1e-3);
  });

  test.each([
    ['few tokens in one part', { a: [512, 3], b: [512, 2] }, { transposeA: true }, 'FusedMatMul', 'float16 3x2'],
    [
      'a prime number of tokens, not too many, whole',
      { a: [521, 3], b: [521, 2] },
      { transposeA: true },
      'FusedMatMul',
      'float16 3x2',
    ],
    [
      'a prime number of too many in 32',
      { a: [1031, 3], b: [1031, 2] },
      { transposeA: true },
      'FusedMatMul',
      'float32 3x2',
    ],
    ['a wide layer', { a: [3, 1024], b: [2, 1024] }, { transposeB: true }, 'FusedMatMul', 'float16 3x2'],
    ['a wider one in 32', { a: [3, 1025], b: [2, 1025] }, { transposeB: true }, 'FusedMatMul', 'float32 3x2'],
    ['weights of long attention in 32', { a: [2, 3, 2048], b: [2, 2048, 4] }, {}, 'MatMul', 'float32 2x3x4'],
  ] as const)('%s', (_, shapes, options, op, made) => {
    expect(valuesOf(productOf(shapes, options), op)).toEqual([made]);
  });
});

test('saves memory: a pass of many tokens takes less than two thirds', () => {
  const wide = tinyModel({ hiddenSize: 64, intermediateSize: 176, numHiddenLayers: 4, maxPositionEmbeddings: 256 });
  const state = Object.fromEntries(
    wide.parameters.flatMap(({ name, shape }) => [
      [name, shape],
      [gradientName(name), shape],
    ]),
  );
  const bytes = (more: PassSettings): number => peakBytes(record(gradientsProgram(wide, 8, 128, more), state));
  expect(bytes({ precision: SMALL }) / bytes({})).toBeLessThan(2 / 3);
  expect(bytes({ precision: SMALL }) / bytes({})).toBeGreaterThan(1 / 2);
});

describe.each(pieces)('$name in 16 bits', (piece) => {
  test('value and gradients within 1 % of those of 32 bits', () => {
    const [program, inputs] = [pieceProgram(piece), pieceInputs(piece)];
    const full = record(program, {});
    const [is, should] = [interpret(inFloat16(full), inputs), interpret(full, inputs)];
    for (const name of program.returns) expectClose(is[name] ?? [], should[name] ?? [], 1e-2);
  });
});

test('the interpreter rounds as IEEE 754 says', () => {
  const cases = [
    [1 + 2 ** -11, 1],
    [1 + 3 * 2 ** -11, 1 + 2 ** -9],
    [65_519, 65_504],
    [65_520, Infinity],
    [-70_000, -Infinity],
    [2 ** -24, 2 ** -24],
    [2 ** -25, 0],
    [1.5 * 2 ** -24, 2 ** -23],
    [0.1, 0.0999755859375],
  ];
  expect(cases.map(([x = 0]) => toFloat16(x))).toEqual(cases.map(([, rounded]) => rounded));
});
