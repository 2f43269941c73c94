/** A recorded program as plain data, in the vocabulary of ONNX (opset 18 and com.microsoft), and the builder that collects it. */
import type { Shape } from '../executor.ts';

export type GraphDtype = 'float32' | 'float16' | 'int32' | 'int64' | 'bool';
export type ConstantValues = Float32Array | Int32Array | BigInt64Array | Uint8Array;

export interface GraphValue {
  readonly name: string;
  readonly shape: Shape;
  readonly dtype: GraphDtype;
}

export interface GraphConstant extends GraphValue {
  readonly values: ConstantValues;
}

export type Attribute =
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'ints'; readonly value: readonly number[] }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'text'; readonly value: string };
export type Attributes = Readonly<Record<string, Attribute>>;
export type Domain = '' | 'com.microsoft';

export interface GraphNode {
  readonly op: string;
  readonly domain: Domain;
  /** Names of inputs, constants or earlier outputs; '' leaves an optional input out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly GraphValue[];
  readonly attributes: Attributes;
}

/** Nodes stand in the order in which they can run. */
export interface Graph {
  readonly inputs: readonly GraphValue[];
  readonly constants: readonly GraphConstant[];
  readonly nodes: readonly GraphNode[];
  readonly outputs: readonly GraphOutput[];
}

/** An output of the program: the value called `source` under the program's name for it. */
export interface GraphOutput extends GraphValue {
  readonly source: string;
}

export const int = (value: number): Attribute => ({ kind: 'int', value });
export const ints = (value: readonly number[]): Attribute => ({ kind: 'ints', value });
export const float = (value: number): Attribute => ({ kind: 'float', value });
export const text = (value: string): Attribute => ({ kind: 'text', value });

export const sizeOf = (shape: Shape): number => shape.reduce((size, dimension) => size * dimension, 1);
export const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((d, i) => d === b[i]);

export interface NodeOptions {
  readonly attributes?: Attributes;
  readonly domain?: Domain;
}

export class GraphBuilder {
  readonly #inputs: GraphValue[] = [];
  readonly #constants = new Map<string, GraphConstant>();
  readonly #nodes: GraphNode[] = [];
  readonly #outputs: GraphOutput[] = [];
  #count = 0;

  input(value: GraphValue): void {
    this.#inputs.push(value);
  }

  constant(values: ConstantValues, shape: Shape, dtype: GraphDtype): string {
    const name = `c${this.#count++}`;
    this.#constants.set(name, { name, shape, dtype, values });
    return name;
  }

  /** A list of int64, as ONNX wants axes and shapes; equal lists share one constant. */
  ints(list: readonly number[]): string {
    const name = `ints:${list.join()}`;
    if (!this.#constants.has(name))
      this.#constants.set(name, {
        name,
        shape: [list.length],
        dtype: 'int64',
        values: BigInt64Array.from(list, BigInt),
      });
    return name;
  }

  /** A scalar constant; equal scalars share one. */
  scalar(value: number, dtype: 'float32' | 'int32' | 'bool'): string {
    const name = `${dtype}:${Object.is(value, -0) ? '-0' : value}`;
    if (!this.#constants.has(name))
      this.#constants.set(name, { name, shape: [], dtype, values: scalarValues(value, dtype) });
    return name;
  }

  /** Appends a node with one output per entry of `outputs` and returns the outputs' names. */
  node(
    op: string,
    inputs: readonly string[],
    outputs: readonly Omit<GraphValue, 'name'>[],
    options: NodeOptions = {},
  ): string[] {
    const named = outputs.map((output) => ({ ...output, name: `t${this.#count++}` }));
    const { attributes = {}, domain = '' } = options;
    this.#nodes.push({ op, domain, inputs, outputs: named, attributes });
    return named.map((output) => output.name);
  }

  /** Makes the value called `source` an output; one that is no node's own, or an output already, is copied first. */
  output(source: string, value: GraphValue): void {
    const isTaken = this.#outputs.some((output) => output.source === source);
    const isComputed = !isTaken && this.#nodes.some((node) => node.outputs.some(({ name }) => name === source));
    const [copy = source] = isComputed ? [] : this.node('Identity', [source], [value]);
    this.#outputs.push({ ...value, source: copy });
  }

  /** The graph without what no output needs. */
  build(): Graph {
    const needed = new Set(this.#outputs.map(({ source }) => source));
    const nodes = this.#nodes.toReversed().filter((node) => {
      if (!node.outputs.some((output) => needed.has(output.name))) return false;
      for (const input of node.inputs) needed.add(input);
      return true;
    });
    return {
      inputs: this.#inputs,
      constants: [...this.#constants.values()].filter((constant) => needed.has(constant.name)),
      nodes: nodes.toReversed(),
      outputs: this.#outputs,
    };
  }
}

const scalarValues = (value: number, dtype: 'float32' | 'int32' | 'bool'): ConstantValues => {
  if (dtype === 'float32') return Float32Array.of(value);
  return dtype === 'int32' ? Int32Array.of(value) : Uint8Array.of(value);
};
