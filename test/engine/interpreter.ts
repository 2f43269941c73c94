/** Computes a recorded graph in float64, op by op from the ONNX definitions: an independent check of recordings and gradients. */
import { sizeOf, type Graph, type GraphDtype, type GraphNode } from '../../src/engine/graph/graph.ts';

export interface Value {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}
type Operator = (inputs: readonly Value[], node: GraphNode) => Value | Value[];

/** The graph's outputs by their names; only what the wanted ones need is computed. */
export const interpret = (
  graph: Graph,
  inputs: Readonly<Record<string, ArrayLike<number>>>,
  wanted: readonly string[] = graph.outputs.map(({ name }) => name),
): Record<string, Float64Array> => {
  const outputs = graph.outputs.filter(({ name }) => wanted.includes(name));
  const values = new Map<string, Value>();
  for (const { name, shape } of graph.inputs) values.set(name, value(shape, inputs[name] ?? missing(name)));
  for (const { name, shape, values: data } of graph.constants)
    values.set(name, value(shape, Array.from(data as ArrayLike<number | bigint>, Number)));
  for (const node of neededFor(graph, outputs)) {
    const operator = operators[node.op] ?? missing(`operator ${node.op}`);
    const operands = node.inputs.map((name) => values.get(name) ?? missing(name));
    const results = [operator(operands, node)].flat();
    node.outputs.forEach(({ name, shape, dtype }, i) => {
      const result = rounded(results[i] ?? missing(name), dtype);
      if (result.shape.join() !== shape.join())
        throw new Error(`${node.op} was recorded as [${shape.join()}] but is [${result.shape.join()}].`);
      values.set(name, result);
    });
  }
  return Object.fromEntries(outputs.map(({ name, source }) => [name, (values.get(source) ?? missing(name)).data]));
};

/** Kept as the graph keeps it: what is declared float16 has its eleven bits and its range. */
const rounded = (result: Value, dtype: GraphDtype): Value =>
  dtype === 'float16' ? value(result.shape, result.data.map(toFloat16)) : result;

/** The nearest number of float16, ties to even; beyond 65,504 infinite, below 2^-24 zero. */
export const toFloat16 = (x: number): number => {
  if (!Number.isFinite(x) || x === 0) return x;
  const exponent = Math.max(-14, Math.floor(Math.log2(Math.abs(x))));
  const unit = 2 ** (exponent - 10);
  const count = x / unit;
  const below = Math.floor(count);
  const isUp = count - below > 0.5 || (count - below === 0.5 && below % 2 !== 0);
  const nearest = (isUp ? below + 1 : below) * unit;
  return Math.abs(nearest) > 65_504 ? Math.sign(x) * Infinity : nearest;
};

const neededFor = (graph: Graph, outputs: Graph['outputs']): readonly GraphNode[] => {
  const needed = new Set(outputs.map(({ source }) => source));
  const nodes = graph.nodes.toReversed().filter((node) => {
    const isNeeded = node.outputs.some(({ name }) => needed.has(name));
    if (isNeeded) for (const input of node.inputs) needed.add(input);
    return isNeeded;
  });
  return nodes.toReversed();
};

/** The slope of `objective` by `values[index]`, by central differences. */
export const centralDifference = (
  objective: (values: Float64Array) => number,
  values: ArrayLike<number>,
  index: number,
  step = 1e-5,
): number => {
  const at = (shift: number): number => objective(Float64Array.from(values, (x, i) => (i === index ? x + shift : x)));
  return (at(step) - at(-step)) / (2 * step);
};

const missing = (what: string): never => {
  throw new Error(`The interpreter misses ${what}.`);
};
const value = (shape: readonly number[], data: ArrayLike<number>): Value => ({ shape, data: Float64Array.from(data) });

/** Steps between neighbours along each axis; 0 where the axis is repeated to fit `shape`. */
const stridesFor = (from: readonly number[], shape: readonly number[]): number[] => {
  const missingAxes = shape.length - from.length;
  return shape.map((_, axis) => {
    const own = axis - missingAxes;
    return own < 0 || from[own] === 1 ? 0 : sizeOf(from.slice(own + 1));
  });
};

/** For each element of `shape`, in order, its position in an array with the given strides. */
const positions = (shape: readonly number[], strides: readonly number[]): number[] => {
  let offsets = [0];
  shape.forEach((length, axis) => {
    offsets = offsets.flatMap((offset) => Array.from({ length }, (_, i) => offset + i * (strides[axis] ?? 0)));
  });
  return offsets;
};

const broadcastShape = (shapes: readonly (readonly number[])[]): number[] => {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, i) =>
    Math.max(...shapes.map((shape) => shape[shape.length - rank + i] ?? 1)),
  );
};

const elementwise =
  (compute: (...numbers: number[]) => number): Operator =>
  (inputs) => {
    const shape = broadcastShape(inputs.map((input) => input.shape));
    const places = inputs.map((input) => positions(shape, stridesFor(input.shape, shape)));
    const data = Array.from({ length: sizeOf(shape) }, (_, i) =>
      compute(...inputs.map((input, k) => input.data[places[k]?.[i] ?? 0] ?? 0)),
    );
    return value(shape, data);
  };

const attribute = (node: GraphNode, name: string): number => Number(node.attributes[name]?.value);
const list = (node: GraphNode, name: string): readonly number[] => {
  const found = node.attributes[name];
  return found?.kind === 'ints' ? found.value : missing(`attribute ${name}`);
};
const first = (inputs: readonly Value[]): Value => inputs[0] ?? missing('an operand');
const numbers = (input: Value | undefined): number[] => Array.from(input?.data ?? missing('an operand'));

const reduced =
  (fold: (values: number[]) => number): Operator =>
  (inputs, node) => {
    const x = first(inputs);
    const axes = inputs[1] ? numbers(inputs[1]) : x.shape.map((_, axis) => axis);
    const kept = x.shape.map((length, axis) => (axes.includes(axis) ? 1 : length));
    const strides = stridesFor(x.shape, x.shape);
    const inner = positions(
      x.shape.map((length, axis) => (axes.includes(axis) ? length : 1)),
      strides,
    );
    const data = positions(kept, strides).map((at) => fold(inner.map((step) => x.data[at + step] ?? 0)));
    return value(attribute(node, 'keepdims') ? kept : x.shape.filter((_, axis) => !axes.includes(axis)), data);
  };

const matrixProduct: Operator = ([a = missing('a'), b = missing('b')], node) => {
  const [transA, transB] = [attribute(node, 'transA') === 1, attribute(node, 'transB') === 1];
  const alpha = node.attributes['alpha'] ? attribute(node, 'alpha') : 1;
  const [m = 0, k = 0] = transA ? a.shape.slice(-2).toReversed() : a.shape.slice(-2);
  const n = b.shape.at(transB ? -2 : -1) ?? 0;
  const batch = broadcastShape([a.shape.slice(0, -2), b.shape.slice(0, -2), []]);
  const starts = [a, b].map((x) =>
    positions(
      batch,
      stridesFor(x.shape.slice(0, -2), batch).map((s) => s * sizeOf(x.shape.slice(-2))),
    ),
  );
  const data = Array.from({ length: sizeOf(batch) }, (_, at) => {
    const [startA = 0, startB = 0] = starts.map((start) => start[at] ?? 0);
    return Array.from({ length: m * n }, (__, i) => {
      const [row, column] = [Math.floor(i / n), i % n];
      let sum = 0;
      for (let j = 0; j < k; j++)
        sum +=
          (a.data[startA + (transA ? j * m + row : row * k + j)] ?? 0) *
          (b.data[startB + (transB ? column * k + j : j * n + column)] ?? 0);
      return sum * alpha;
    });
  }).flat();
  return value([...batch, m, n], data);
};

/** Applies `map` to each run along the last axis. */
const alongRows = (x: Value, map: (row: number[], index: number) => number[]): Value => {
  const width = x.shape.at(-1) ?? 1;
  const rows = Array.from({ length: x.data.length / width }, (_, i) =>
    map(Array.from(x.data.subarray(i * width, (i + 1) * width)), i),
  );
  return value(x.shape, rows.flat());
};

const softmax: Operator = (inputs) =>
  alongRows(first(inputs), (row) => {
    const top = Math.max(...row);
    const powers = row.map((x) => Math.exp(x - top));
    const total = powers.reduce((sum, x) => sum + x, 0);
    return powers.map((x) => x / total);
  });

const rmsNorm: Operator = ([x = missing('x'), weight], node) => {
  const scales: number[] = [];
  const normed = alongRows(x, (row, i) => {
    const scale = 1 / Math.sqrt(row.reduce((sum, v) => sum + v * v, 0) / row.length + attribute(node, 'epsilon'));
    scales[i] = scale;
    return row.map((v, j) => v * scale * (weight?.data[j] ?? 0));
  });
  return [normed, value([...x.shape.slice(0, -1), 1], scales)];
};

const rotary: Operator = ([x = missing('x'), at, cosines, sines]) => {
  const half = cosines?.shape[1] ?? 0;
  return alongRows(x, (row, i) =>
    row.map((v, j) => {
      const [angle, side] = [j % half, Math.floor(j / half) % 2];
      const place = (at?.data[i] ?? 0) * half + angle;
      const partner = row[side === 0 ? j + half : j - half] ?? 0;
      return v * (cosines?.data[place] ?? 0) + (side === 0 ? -partner : partner) * (sines?.data[place] ?? 0);
    }),
  );
};

const gather: Operator = ([x = missing('x'), indices = missing('indices')], node) => {
  if (attribute(node, 'axis') !== 0) return missing('gather along another axis than 0');
  const row = sizeOf(x.shape.slice(1));
  const rows = numbers(indices).flatMap((i) => Array.from(x.data.subarray(i * row, (i + 1) * row)));
  return value([...indices.shape, ...x.shape.slice(1)], rows);
};

const scatter: Operator = ([x = missing('x'), indices = missing('indices'), updates]) => {
  const width = x.shape[1] ?? 1;
  const data = numbers(x);
  indices.data.forEach((row, i) => {
    data[row * width + (i % width)] = (data[row * width + (i % width)] ?? 0) + (updates?.data[i] ?? 0);
  });
  return value(x.shape, data);
};

const slice: Operator = ([x = missing('x'), starts, ends]) => {
  const [from, to] = [numbers(starts), numbers(ends)];
  const shape = from.map((start, axis) => (to[axis] ?? 0) - start);
  const strides = stridesFor(x.shape, x.shape);
  const origin = from.reduce((sum, start, axis) => sum + start * (sizeOf(x.shape.slice(axis + 1)) || 1), 0);
  return value(
    shape,
    positions(shape, strides).map((at) => x.data[origin + at] ?? 0),
  );
};

const parts = (x: Value, sizes: readonly number[], axis: number): Value[] => {
  let start = 0;
  return sizes.map((size) => {
    const from = x.shape.map((_, i) => (i === axis ? start : 0));
    const to = x.shape.map((length, i) => (i === axis ? start + size : length));
    start += size;
    return slice([x, value([], from), value([], to)], {} as GraphNode) as Value;
  });
};

const concat: Operator = (inputs, node) => {
  const axis = attribute(node, 'axis');
  const outer = sizeOf(first(inputs).shape.slice(0, axis));
  const data = Array.from({ length: outer }, (_, i) =>
    inputs.flatMap((x) => Array.from(x.data.subarray((i * x.data.length) / outer, ((i + 1) * x.data.length) / outer))),
  ).flat();
  const length = inputs.reduce((sum, x) => sum + (x.shape[axis] ?? 0), 0);
  return value(
    first(inputs).shape.map((own, i) => (i === axis ? length : own)),
    data,
  );
};

const pad: Operator = ([x = missing('x'), amounts, filler]) => {
  const before = numbers(amounts).slice(0, x.shape.length);
  const after = numbers(amounts).slice(x.shape.length);
  const shape = x.shape.map((length, axis) => (before[axis] ?? 0) + length + (after[axis] ?? 0));
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  const start = before.reduce((total, count, axis) => total + count * (strides[axis] ?? 0), 0);
  const data = new Float64Array(sizeOf(shape)).fill(filler?.data[0] ?? 0);
  positions(x.shape, strides).forEach((at, i) => (data[start + at] = x.data[i] ?? 0));
  return value(shape, data);
};

const transpose: Operator = (inputs, node) => {
  const x = first(inputs);
  const strides = x.shape.map((_, axis) => sizeOf(x.shape.slice(axis + 1)));
  const perm = list(node, 'perm');
  const shape = perm.map((axis) => x.shape[axis] ?? 0);
  return value(
    shape,
    positions(
      shape,
      perm.map((axis) => strides[axis] ?? 0),
    ).map((at) => x.data[at] ?? 0),
  );
};

const expand: Operator = ([x = missing('x'), to]) => {
  const shape = broadcastShape([x.shape, numbers(to)]);
  return value(
    shape,
    positions(shape, stridesFor(x.shape, shape)).map((at) => x.data[at] ?? 0),
  );
};

const sum = (values: number[]): number => values.reduce((total, x) => total + x, 0);
const same: Operator = (inputs) => first(inputs);

const operators: Readonly<Record<string, Operator>> = {
  Add: elementwise((a = 0, b = 0) => a + b),
  Sub: elementwise((a = 0, b = 0) => a - b),
  Mul: elementwise((a = 0, b = 0) => a * b),
  Div: elementwise((a = 0, b = 0) => a / b),
  Max: elementwise(Math.max),
  Min: elementwise(Math.min),
  Pow: elementwise((a = 0, b = 0) => a ** b),
  Equal: elementwise((a, b) => Number(a === b)),
  Greater: elementwise((a = 0, b = 0) => Number(a > b)),
  GreaterOrEqual: elementwise((a = 0, b = 0) => Number(a >= b)),
  Less: elementwise((a = 0, b = 0) => Number(a < b)),
  LessOrEqual: elementwise((a = 0, b = 0) => Number(a <= b)),
  Where: elementwise((condition, a = 0, b = 0) => (condition ? a : b)),
  Not: elementwise((a) => Number(!a)),
  Neg: elementwise((x = 0) => -x),
  Exp: elementwise((x = 0) => Math.exp(x)),
  Log: elementwise((x = 0) => Math.log(x)),
  Abs: elementwise((x = 0) => Math.abs(x)),
  Sqrt: elementwise((x = 0) => Math.sqrt(x)),
  Tanh: elementwise((x = 0) => Math.tanh(x)),
  Sigmoid: elementwise((x = 0) => 1 / (1 + Math.exp(-x))),
  QuickGelu: elementwise((x = 0) => x / (1 + Math.exp(-x))),
  Reciprocal: elementwise((x = 0) => 1 / x),
  ReduceSum: reduced(sum),
  ReduceMean: reduced((values) => sum(values) / values.length),
  ReduceMax: reduced((values) => Math.max(...values)),
  ReduceSumSquare: reduced((values) => sum(values.map((x) => x * x))),
  MatMul: matrixProduct,
  Gemm: ([a = missing('a'), b = missing('b'), c], node) => {
    const [product = missing('product')] = [matrixProduct([a, b], node)].flat();
    return c ? elementwise((x = 0, y = 0) => x + y)([product, c], node) : product;
  },
  FusedMatMul: matrixProduct,
  Softmax: softmax,
  SimplifiedLayerNormalization: rmsNorm,
  RotaryEmbedding: rotary,
  Gather: gather,
  ScatterElements: scatter,
  Slice: slice,
  Split: (inputs, node) => parts(first(inputs), numbers(inputs[1]), attribute(node, 'axis')),
  Concat: concat,
  Pad: pad,
  Transpose: transpose,
  Expand: expand,
  Reshape: ([x = missing('x'), shape]) => value(numbers(shape), x.data),
  Identity: same,
  Cast: same,
};
