import { expect, test } from 'vitest';
import { float, GraphBuilder, type Graph } from '../../../src/engine/graph/graph.ts';
import { peakBytes } from '../../../src/engine/graph/liveness.ts';

const graphOf = (build: (graph: GraphBuilder) => string): Graph => {
  const graph = new GraphBuilder();
  graph.input({ name: 'x', shape: [10, 10], dtype: 'float32' });
  graph.output(build(graph), { name: 'y', shape: [10, 10], dtype: 'float32' });
  return graph.build();
};
const value = { shape: [10, 10], dtype: 'float32' } as const; // 400 bytes
const one = (graph: GraphBuilder, op: string, inputs: readonly string[], output = value): string =>
  graph.node(op, inputs, [output])[0] ?? '';

test.each<[string, (graph: GraphBuilder) => string, number]>([
  ['a chain holds a value and the next one', (g) => one(g, 'Erf', [one(g, 'Erf', [one(g, 'Erf', ['x'])])]), 800],
  ['what can be written in place is', (g) => one(g, 'Exp', [one(g, 'Neg', [one(g, 'Erf', ['x'])])]), 400],
  [
    'what is needed later is not written over',
    (g) => {
      const first = one(g, 'Erf', ['x']);
      return one(g, 'Add', [one(g, 'Exp', [first]), first]);
    },
    800,
  ],
  [
    'another shape of the same bytes costs nothing, and lives as long as both',
    (g) => {
      const first = one(g, 'Erf', ['x']);
      const [flat = ''] = g.node('Reshape', [first, g.ints([100])], [{ shape: [100], dtype: 'float32' }]);
      const second = one(g, 'Erf', ['x']);
      return one(g, 'MatMul', [second, flat]);
    },
    800 + 8,
  ],
  [
    'inputs and outputs are not counted, constants are',
    (g) => one(g, 'MatMul', ['x', g.constant(new Float32Array(100), [10, 10], 'float32')]),
    400,
  ],
  [
    'an output of several is not counted, what is made from it is',
    (g) => {
      const first = one(g, 'Erf', ['x']);
      g.output(first, { name: 'kept', ...value });
      return one(g, 'Erf', [one(g, 'Erf', [first])]);
    },
    400,
  ],
])('%s', (_, build, bytes) => {
  expect(peakBytes(graphOf(build))).toBe(bytes);
});

test('attributes change nothing', () => {
  const graph = graphOf((g) =>
    one(g, 'Erf', g.node('LeakyRelu', ['x'], [value], { attributes: { alpha: float(0.1) } })),
  );
  expect(peakBytes(graph)).toBe(400);
});
