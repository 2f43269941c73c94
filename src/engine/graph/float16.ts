/** Mixed precision: a recorded graph with its products in float16 and everything that needs range or adds up many numbers in float32. */
import {
  int,
  type Graph,
  type GraphConstant,
  type GraphDtype,
  type GraphNode,
  type GraphOutput,
  type GraphValue,
} from './graph.ts';

/** The largest number of float16, and the smallest that has all eleven bits. */
const LARGEST = 65_504;
const SMALLEST = 2 ** -14;
/** TensorProto.DataType. */
const ONNX_TYPES = { float32: 1, float16: 10 } as const;

const PRODUCTS = new Set(['MatMul', 'FusedMatMul']);
/** Compute in float16 where all they are given is float16 already: no operand is rounded for their sake. */
const FOLLOWING = new Set([
  'Add',
  'Sub',
  'Mul',
  'Neg',
  'Relu',
  'Sigmoid',
  'Tanh',
  'QuickGelu',
  'RotaryEmbedding',
  'Transpose',
  'Reshape',
  'Slice',
  'Split',
  'Concat',
  'Pad',
  'Expand',
  'Tile',
  'Gather',
  'Identity',
  'Where',
]);
/** Computed in float32 and kept in float16: attention weights, which the gradient needs again. */
const KEPT_SMALL = new Set(['Softmax']);
/** Give a constant's numbers another shape or sign. */
const MOVING = new Set(['Reshape', 'Transpose', 'Slice', 'Neg', 'Identity']);

/**
 * The same graph, inputs and outputs in float32 as before. As in PyTorch's autocast, products take and give float16;
 * softmax, norms, exponentials, the loss, sums and everything that an optimizer does stay in float32, and so does what is
 * added to it (the residual stream). A product with a vector, or with a choice of rows as 0 and 1, is a sum.
 */
export const inFloat16 = (graph: Graph): Graph => {
  const rewriter = new Rewriter(graph);
  for (const node of graph.nodes) rewriter.take(node);
  return { ...graph, outputs: graph.outputs.map((output) => rewriter.output(output)), nodes: rewriter.nodes };
};

type FloatType = 'float32' | 'float16';

class Rewriter {
  readonly nodes: GraphNode[] = [];
  /** All values as recorded. */
  readonly #values: ReadonlyMap<string, GraphValue>;
  /** Where a value of the recording is kept, and as what. */
  readonly #kept = new Map<string, GraphValue>();
  /** The same in the other width, by that width and name. */
  readonly #casts = new Map<string, string>();
  /** Numbers known before the graph runs that float16 holds. */
  readonly #fitting = new Set<string>();
  /** 0 and 1 as floats. */
  readonly #choices = new Set<string>();

  constructor({ inputs, constants, nodes }: Graph) {
    const all = [...inputs, ...constants, ...nodes.flatMap(({ outputs }) => outputs)];
    this.#values = new Map(all.map((value) => [value.name, value]));
    for (const constant of constants) if (fits(constant)) this.#fitting.add(constant.name);
  }

  take(node: GraphNode): void {
    this.#learn(node);
    const width = this.#widthOf(node);
    const inputs = node.inputs.map((name) => (this.#isFloat(name) ? this.#as(name, width) : name));
    const outputs = node.outputs.map((output) =>
      output.dtype === 'float32' && node.op !== 'Cast' ? { ...output, dtype: width } : output,
    );
    this.nodes.push({ ...node, inputs, outputs });
    for (const output of outputs) this.#kept.set(output.name, output);
    if (KEPT_SMALL.has(node.op)) for (const { name } of outputs) this.#kept.set(name, this.#narrowed(name));
  }

  output(output: GraphOutput): GraphOutput {
    return { ...output, source: this.#isFloat(output.source) ? this.#as(output.source, 'float32') : output.source };
  }

  /** Follows constants and choices through what moves them. */
  #learn({ op, inputs, outputs }: GraphNode): void {
    const [from = ''] = inputs;
    for (const { name } of outputs) {
      if (op === 'Cast' && this.#values.get(from)?.dtype === 'bool') this.#choices.add(name);
      if (MOVING.has(op) && this.#fitting.has(from)) this.#fitting.add(name);
    }
  }

  #widthOf(node: GraphNode): FloatType {
    if (PRODUCTS.has(node.op)) return this.#isSum(node) ? 'float32' : 'float16';
    if (!FOLLOWING.has(node.op)) return 'float32';
    const open = node.inputs.filter((name) => this.#isFloat(name) && !this.#fitting.has(name));
    return open.length > 0 && open.every((name) => this.#typeOf(name) === 'float16') ? 'float16' : 'float32';
  }

  #isSum({ inputs, outputs }: GraphNode): boolean {
    const sides = outputs[0]?.shape.slice(-2) ?? [];
    return sides.includes(1) || inputs.some((name) => this.#choices.has(name));
  }

  #isFloat(name: string): boolean {
    return this.#values.get(name)?.dtype === 'float32';
  }

  #typeOf(name: string): GraphDtype | undefined {
    return this.#kept.get(name)?.dtype ?? this.#values.get(name)?.dtype;
  }

  /** The value in a width; cast once, where it is first asked for. */
  #as(name: string, width: FloatType): string {
    const kept = this.#kept.get(name) ?? this.#values.get(name);
    if (!kept || kept.dtype === width) return kept?.name ?? name;
    const key = `${width} ${name}`;
    const known = this.#casts.get(key) ?? this.#cast(kept, width);
    this.#casts.set(key, known);
    return known;
  }

  /** A float32 result as what is kept of it from here on. */
  #narrowed(name: string): GraphValue {
    const value = this.#kept.get(name) ?? this.#values.get(name);
    if (!value) throw new Error(`The graph has no value called ${name}.`);
    return { ...value, name: this.#cast(value, 'float16'), dtype: 'float16' };
  }

  #cast(value: GraphValue, width: FloatType): string {
    const output: GraphValue = { name: `${width}:${value.name}`, shape: value.shape, dtype: width };
    const attributes = { to: int(ONNX_TYPES[width]) };
    this.nodes.push({ op: 'Cast', domain: '', inputs: [value.name], outputs: [output], attributes });
    return output.name;
  }
}

/** A single number must keep its bits; of a table the small entries may fade, as they are added to larger ones. */
const fits = ({ shape, values }: GraphConstant): boolean => {
  if (!(values instanceof Float32Array)) return false;
  const isBare = shape.length === 0;
  return values.every((value) => {
    const size = Math.abs(value);
    return size <= LARGEST && (!isBare || size === 0 || size >= SMALLEST);
  });
};
