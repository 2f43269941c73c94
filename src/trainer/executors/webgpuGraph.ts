/** Rewrites a graph for ONNX Runtime's WebGPU provider: what it lacks, or computes wrongly, in operators that it has. */
import type { Shape } from '../../engine/executor.ts';
import {
  float,
  int,
  ints,
  type Attribute,
  type Attributes,
  type Graph,
  type GraphConstant,
  type GraphDtype,
  type GraphNode,
  type GraphValue,
} from '../../engine/graph/graph.ts';

/** The same graph in operators that onnxruntime-node 1.30 has on WebGPU; there, what they lack would run on the CPU. */
export const forWebgpu = (graph: Graph): Graph => {
  const rewriter = new Rewriter(graph);
  const nodes = graph.nodes.flatMap((node) => rewritten(node, rewriter));
  return { ...graph, constants: [...graph.constants, ...rewriter.constants.values()], nodes };
};

const rewritten = (node: GraphNode, rewriter: Rewriter): readonly GraphNode[] => {
  switch (node.op) {
    case 'FusedMatMul':
      return product(node, rewriter);
    case 'SimplifiedLayerNormalization':
      return rmsNorm(node, rewriter);
    default:
      return [node];
  }
};

/** Knows all shapes and who is used, and names what is new. */
class Rewriter {
  readonly constants = new Map<string, GraphConstant>();
  readonly #values: Map<string, GraphValue>;
  readonly #used: ReadonlySet<string>;
  #count = 0;

  constructor({ inputs, constants, nodes, outputs }: Graph) {
    const values = [...inputs, ...constants, ...nodes.flatMap((node) => node.outputs)];
    this.#values = new Map(values.map((value) => [value.name, value]));
    this.#used = new Set([...nodes.flatMap((node) => node.inputs), ...outputs.map(({ source }) => source)]);
  }

  shapeOf(name = ''): Shape {
    return this.valueOf(name).shape;
  }

  valueOf(name: string): GraphValue {
    const value = this.#values.get(name);
    if (!value) throw new Error(`The graph has no value called ${name}.`);
    return value;
  }

  isUsed(name = ''): boolean {
    return this.#used.has(name);
  }

  scalar(value: number): string {
    const name = `webgpu:${value}`;
    this.constants.set(name, { name, shape: [], dtype: 'float32', values: Float32Array.of(value) });
    return name;
  }

  ints(list: readonly number[]): string {
    const name = `webgpu:ints:${list.join()}`;
    const values = BigInt64Array.from(list, BigInt);
    this.constants.set(name, { name, shape: [list.length], dtype: 'int64', values });
    return name;
  }

  value(shape: Shape, dtype: GraphDtype = 'float32'): GraphValue {
    const value = { name: `webgpu${this.#count++}`, shape, dtype };
    this.#values.set(value.name, value);
    return value;
  }
}

const simple = (op: string, inputs: readonly string[], output: GraphValue, attributes: Attributes = {}): GraphNode => ({
  op,
  domain: '',
  inputs,
  outputs: [output],
  attributes,
});

/** Matrices take Gemm; stacks of matrices take transposes of their own, MatMul and a factor. */
const product = (node: GraphNode, rewriter: Rewriter): readonly GraphNode[] => {
  const { inputs, outputs, attributes } = node;
  const [output] = outputs;
  if (!output) return [node];
  const isFlat = inputs.every((name) => rewriter.shapeOf(name).length === 2);
  if (isFlat) return [simple('Gemm', inputs, output, { ...attributes, beta: float(0) })];
  const [a = untouched(''), b = untouched('')] = inputs.map((name, i) =>
    turned(name, numberOf(attributes[i === 0 ? 'transA' : 'transB']), rewriter),
  );
  const before = [...a.nodes, ...b.nodes];
  const alpha = numberOf(attributes['alpha'], 1);
  if (alpha === 1) return [...before, simple('MatMul', [a.name, b.name], output)];
  if (output.dtype === 'float16') {
    const scaled = scaledHalf(a.name, alpha, rewriter);
    return [...before, ...scaled.nodes, simple('MatMul', [scaled.name, b.name], output)];
  }
  const plain = rewriter.value(output.shape);
  const multiplied = simple('MatMul', [a.name, b.name], plain);
  return [...before, multiplied, simple('Mul', [plain.name, rewriter.scalar(alpha)], output)];
};

/** A value under a name, and the nodes that make it. */
interface Made {
  readonly name: string;
  readonly nodes: readonly GraphNode[];
}

const untouched = (name: string): Made => ({ name, nodes: [] });

/** The operand times `alpha` in float16: a factor behind the product would come too late for its range. */
const scaledHalf = (name: string, alpha: number, rewriter: Rewriter): Made => {
  const [factor, output] = [rewriter.value([], 'float16'), rewriter.value(rewriter.shapeOf(name), 'float16')];
  const cast = simple('Cast', [rewriter.scalar(alpha)], factor, { to: int(FLOAT16) });
  return { name: output.name, nodes: [cast, simple('Mul', [name, factor.name], output)] };
};

/** TensorProto.DataType. */
const FLOAT16 = 10;

/** The value with its last two axes exchanged where `isTurned` is not 0. */
const turned = (name: string, isTurned: number, rewriter: Rewriter): Made => {
  if (isTurned === 0) return untouched(name);
  const { shape, dtype } = rewriter.valueOf(name);
  const axes = shape.map((_, i) => i);
  const order = [...axes.slice(0, -2), ...axes.slice(-2).toReversed()];
  const output = rewriter.value(
    order.map((axis) => shape[axis] ?? 0),
    dtype,
  );
  return { name: output.name, nodes: [simple('Transpose', [name], output, { perm: ints(order) })] };
};

/** The provider computes the first output of SimplifiedLayerNormalization, and never writes the second, 1/rms [..., 1]. */
const rmsNorm = (node: GraphNode, rewriter: Rewriter): readonly GraphNode[] => {
  const [normalized, scale] = node.outputs;
  const [x = ''] = node.inputs;
  if (!normalized) return [node];
  const first = rewriter.isUsed(normalized.name) ? [{ ...node, outputs: [normalized] }] : [];
  if (!scale || !rewriter.isUsed(scale.name)) return first;
  const width = rewriter.shapeOf(x).at(-1) ?? 1;
  const [sum, mean, shifted, root] = [scale.shape, scale.shape, scale.shape, scale.shape].map((shape) =>
    rewriter.value(shape),
  ) as [GraphValue, GraphValue, GraphValue, GraphValue];
  return [
    ...first,
    simple('ReduceSumSquare', [x, rewriter.ints([-1])], sum, { keepdims: int(1) }),
    simple('Mul', [sum.name, rewriter.scalar(1 / width)], mean),
    simple('Add', [mean.name, rewriter.scalar(numberOf(node.attributes['epsilon'], 1e-5))], shifted),
    simple('Sqrt', [shifted.name], root),
    simple('Reciprocal', [root.name], scale),
  ];
};

const numberOf = (attribute: Attribute | undefined, otherwise = 0): number =>
  attribute?.kind === 'int' || attribute?.kind === 'float' ? attribute.value : otherwise;
