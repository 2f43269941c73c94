/** Rewrites a graph for ONNX Runtime's CPU provider: turned matrices, and sums that a matrix product can take up while it is computed. */
import { float, int, sameShape, type Graph, type GraphNode, type GraphValue } from '../../engine/graph/graph.ts';
import { withTurned } from './turnedProducts.ts';

/** The same graph in the form that ONNX Runtime computes fastest on a processor. */
export const forCpu = (graph: Graph): Graph => withSums(withTurned(graph));

/** The same graph, where a product of two matrices that is only added to something of its shape adds it itself. */
const withSums = (graph: Graph): Graph => {
  const values = [...graph.inputs, ...graph.constants, ...graph.nodes.flatMap(({ outputs }) => outputs)];
  const byName = new Map(values.map((value) => [value.name, value]));
  const products = lonelyProducts(graph);
  const taken = new Set<GraphNode>();
  const nodes = graph.nodes.map((node) => {
    const parts = sumOf(node, products, byName);
    if (!parts || taken.has(parts.product)) return node;
    taken.add(parts.product);
    return withSum(parts, node);
  });
  return { ...graph, nodes: nodes.filter((node) => !taken.has(node)) };
};

interface Sum {
  readonly product: GraphNode;
  /** Name of what is added. */
  readonly other: string;
}

/** By the name of their value: products of two matrices, without a factor, that one node needs and no output. */
const lonelyProducts = ({ nodes, outputs }: Graph): ReadonlyMap<string, GraphNode> => {
  const uses = new Map<string, number>();
  for (const name of [...nodes.flatMap(({ inputs }) => inputs), ...outputs.map(({ source }) => source)])
    uses.set(name, (uses.get(name) ?? 0) + 1);
  const found = nodes.filter((node) => isProduct(node) && uses.get(nameOf(node)) === 1);
  return new Map(found.map((node) => [nameOf(node), node]));
};

/** Vectors are left alone: their products have kernels of their own. */
const isProduct = ({ op, outputs: [value], attributes }: GraphNode): boolean =>
  (op === 'MatMul' || op === 'FusedMatMul') &&
  value?.shape.length === 2 &&
  !value.shape.includes(1) &&
  (attributes['alpha']?.value ?? 1) === 1;

const nameOf = ({ outputs: [value] }: GraphNode): string => value?.name ?? '';

const sumOf = (
  { op, inputs, outputs: [value] }: GraphNode,
  products: ReadonlyMap<string, GraphNode>,
  byName: ReadonlyMap<string, GraphValue>,
): Sum | null => {
  if (op !== 'Add' || !value) return null;
  const at = inputs.findIndex((name) => products.has(name));
  const [product, other] = [products.get(inputs[at] ?? ''), inputs[1 - at]];
  if (!product || other === undefined) return null;
  return sameShape(byName.get(other)?.shape ?? [], value.shape) ? { product, other } : null;
};

const withSum = ({ product, other }: Sum, { outputs }: GraphNode): GraphNode => ({
  op: 'Gemm',
  domain: '',
  inputs: [...product.inputs, other],
  outputs,
  attributes: {
    transA: product.attributes['transA'] ?? int(0),
    transB: product.attributes['transB'] ?? int(0),
    alpha: float(1),
    beta: float(1),
  },
});
