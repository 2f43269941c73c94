/** Mixed precision: a recorded graph with its products in float16 and everything that needs range or adds up many numbers in float32. */
import {
  int,
  type Attribute,
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
/**
 * Longest sums inside a product. ONNX Runtime 1.30 adds up in float16 on WebGPU, where 4,096 times 0.25 is 512; so a gradient
 * of a weight, which sums over all tokens, is cut into parts that are added up in float32, and others stay in float32.
 */
const LONGEST = 1024;
const LONGEST_PART = 512;
const SHORTEST_PART = 64;
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
  return {
    ...graph,
    constants: [...graph.constants, ...rewriter.constants.values()],
    outputs: graph.outputs.map((output) => rewriter.output(output)),
    nodes: rewriter.nodes,
  };
};

type FloatType = 'float32' | 'float16';

class Rewriter {
  readonly nodes: GraphNode[] = [];
  readonly constants = new Map<string, GraphConstant>();
  /** All values as recorded. */
  readonly #values: ReadonlyMap<string, GraphValue>;
  /** Where a value of the recording is kept, and as what. */
  readonly #kept = new Map<string, GraphValue>();
  /** The same in the other width, by that width and name. */
  readonly #casts = new Map<string, string>();
  /** Numbers known before the graph runs that float16 holds. */
  readonly #fitting = new Set<string>();
  /** Float16 values by the names they have here. */
  readonly #made = new Map<string, GraphValue>();
  /** 0 and 1 as floats. */
  readonly #choices = new Set<string>();

  constructor({ inputs, constants, nodes }: Graph) {
    const all = [...inputs, ...constants, ...nodes.flatMap(({ outputs }) => outputs)];
    this.#values = new Map(all.map((value) => [value.name, value]));
    for (const constant of constants) if (fits(constant)) this.#fitting.add(constant.name);
  }

  take(node: GraphNode): void {
    this.#learn(node);
    const parts = this.#partsOf(node);
    if (parts > 1) return this.#takeInParts(node, parts);
    const width = this.#widthOf(node);
    const inputs = node.inputs.map((name) => (this.#isFloat(name) ? this.#as(name, width) : name));
    const outputs = node.outputs.map((output) =>
      output.dtype === 'float32' && node.op !== 'Cast' ? { ...output, dtype: width } : output,
    );
    this.nodes.push({ ...node, inputs, outputs });
    for (const output of outputs) this.#keep(output);
    if (KEPT_SMALL.has(node.op)) for (const { name } of outputs) this.#kept.set(name, this.#narrowed(name));
  }

  #keep(output: GraphValue): void {
    this.#kept.set(output.name, output);
    this.#made.set(output.name, output);
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
    if (PRODUCTS.has(node.op)) return this.#isSum(node) || this.#lengthOf(node) > LONGEST ? 'float32' : 'float16';
    if (!FOLLOWING.has(node.op)) return 'float32';
    const open = node.inputs.filter((name) => this.#isFloat(name) && !this.#fitting.has(name));
    return open.length > 0 && open.every((name) => this.#typeOf(name) === 'float16') ? 'float16' : 'float32';
  }

  #isSum({ inputs, outputs }: GraphNode): boolean {
    const sides = outputs[0]?.shape.slice(-2) ?? [];
    return sides.includes(1) || inputs.some((name) => this.#choices.has(name));
  }

  /** Terms of each sum in a product. */
  #lengthOf({ inputs: [a = ''], attributes }: GraphNode): number {
    return this.#values.get(a)?.shape.at(isOn(attributes['transA']) ? -2 : -1) ?? 0;
  }

  /** How many products of equal parts a weight's gradient, a [k, m] and b [k, n] -> [m, n], is made of; 1 for anything else. */
  #partsOf(node: GraphNode): number {
    const { op, inputs, attributes } = node;
    const isFlat = inputs.every((name) => this.#values.get(name)?.shape.length === 2);
    if (op !== 'FusedMatMul' || !isFlat || !isOn(attributes['transA']) || isOn(attributes['transB'])) return 1;
    const length = this.#lengthOf(node);
    if (this.#isSum(node) || length <= LONGEST_PART) return 1;
    const counts = Array.from({ length: Math.floor(length / SHORTEST_PART) }, (_, i) => i + 1);
    return counts.find((count) => length % count === 0 && length / count <= LONGEST_PART) ?? 1;
  }

  #takeInParts(node: GraphNode, count: number): void {
    const [output] = node.outputs;
    if (!output) return;
    const inputs = node.inputs.map((name) => this.#cut(this.#as(name, 'float16'), count));
    const partial: GraphValue = { name: `parts:${output.name}`, shape: [count, ...output.shape], dtype: 'float16' };
    this.nodes.push({ ...node, inputs, outputs: [partial] });
    const axes = this.#ints([0]);
    const attributes = { keepdims: int(0) };
    this.nodes.push({
      op: 'ReduceSum',
      domain: '',
      inputs: [this.#cast(partial, 'float32'), axes],
      outputs: [output],
      attributes,
    });
    this.#keep(output);
  }

  /** A float16 matrix [k, m] as [count, k / count, m]. */
  #cut(name: string, count: number): string {
    const [rows = 0, width = 0] = this.#made.get(name)?.shape ?? [];
    const output: GraphValue = { name: `cut${count}:${name}`, shape: [count, rows / count, width], dtype: 'float16' };
    if (this.#made.has(output.name)) return output.name;
    this.#made.set(output.name, output);
    const inputs = [name, this.#ints(output.shape)];
    this.nodes.push({ op: 'Reshape', domain: '', inputs, outputs: [output], attributes: {} });
    return output.name;
  }

  #ints(list: readonly number[]): string {
    const name = `float16:ints:${list.join()}`;
    const values = BigInt64Array.from(list, BigInt);
    this.constants.set(name, { name, shape: [list.length], dtype: 'int64', values });
    return name;
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
    this.#made.set(output.name, output);
    return output.name;
  }
}

const isOn = (attribute: Attribute | undefined): boolean => attribute?.kind === 'int' && attribute.value === 1;

/** A single number must keep its bits; of a table the small entries may fade, as they are added to larger ones. */
const fits = ({ shape, values }: GraphConstant): boolean => {
  if (!(values instanceof Float32Array)) return false;
  const isBare = shape.length === 0;
  return values.every((value) => {
    const size = Math.abs(value);
    return size <= LARGEST && (!isBare || size === 0 || size >= SMALLEST);
  });
};
