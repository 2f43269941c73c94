/** Products with a transposed left matrix, for ONNX Runtime's CPU provider: the matrix is turned once, before the product. */
import type { Shape } from '../../engine/executor.ts';
import {
  ints,
  sizeOf,
  type Attributes,
  type Graph,
  type GraphConstant,
  type GraphNode,
  type GraphValue,
} from '../../engine/graph/graph.ts';

/**
 * The product of a transposed matrix turns it anew, in small pieces, for each 128 columns of its result. From so many columns
 * on it is faster to turn it as a whole (docs/log.md).
 */
const FEWEST_COLUMNS = 512;
/** Numbers of a matrix (32 MB) above which the copy would take more memory than the time is worth: the gradient of many logits. */
const LARGEST = 1 << 23;

/** The same graph, where the left matrix of x^T y (as in the gradient of a weight) is turned by nodes of its own, once for all its products. */
export const withTurned = (graph: Graph, fewestColumns = FEWEST_COLUMNS): Graph => {
  const values = [...graph.inputs, ...graph.constants, ...graph.nodes.flatMap(({ outputs }) => outputs)];
  const byName = new Map(values.map((value) => [value.name, value]));
  const constants = new Map<string, GraphConstant>();
  const turned = new Set<string>();
  const nodes = graph.nodes.flatMap((node) => {
    const left = byName.get(node.inputs[0] ?? '');
    if (!left || !isWorthTurning(node, left, fewestColumns)) return [node];
    const product = plainProduct(node, turnedName(left));
    if (turned.has(left.name)) return [product];
    turned.add(left.name);
    return [...turning(left, constants), product];
  });
  return { ...graph, constants: [...graph.constants, ...constants.values()], nodes };
};

const isWorthTurning = (
  { op, outputs: [result], attributes }: GraphNode,
  { shape }: GraphValue,
  fewestColumns: number,
): boolean =>
  op === 'FusedMatMul' &&
  attributes['transA']?.value === 1 &&
  attributes['transB']?.value === 0 &&
  attributes['alpha']?.value === 1 &&
  shape.length === 2 &&
  sizeOf(shape) <= LARGEST &&
  result?.shape.length === 2 &&
  (result.shape[1] ?? 0) >= fewestColumns;

const turnedName = ({ name }: GraphValue): string => `${name}:turned`;

/** By way of three axes, as ONNX Runtime would draw the plain transpose of a matrix into the product again. */
const turning = (matrix: GraphValue, constants: Map<string, GraphConstant>): readonly GraphNode[] => {
  const { name, dtype, shape } = matrix;
  const [rows = 0, columns = 0] = shape;
  const lone = { name: `${name}:lone`, dtype, shape: [1, rows, columns] };
  const across = { name: `${name}:across`, dtype, shape: [1, columns, rows] };
  const turned = { name: turnedName(matrix), dtype, shape: [columns, rows] };
  return [
    made('Reshape', [name, shapeConstant(lone.shape, constants)], lone),
    made('Transpose', [lone.name], across, { perm: ints([0, 2, 1]) }),
    made('Reshape', [across.name, shapeConstant(turned.shape, constants)], turned),
  ];
};

const shapeConstant = (shape: Shape, constants: Map<string, GraphConstant>): string => {
  const name = `turned:${shape.join()}`;
  constants.set(name, { name, shape: [shape.length], dtype: 'int64', values: BigInt64Array.from(shape, BigInt) });
  return name;
};

const plainProduct = ({ inputs: [, right = ''], outputs }: GraphNode, left: string): GraphNode => ({
  op: 'MatMul',
  domain: '',
  inputs: [left, right],
  outputs,
  attributes: {},
});

const made = (op: string, inputs: readonly string[], output: GraphValue, attributes: Attributes = {}): GraphNode => ({
  op,
  domain: '',
  inputs,
  outputs: [output],
  attributes,
});
