/** A tfjs backend that computes nothing: its tensors are names in a graph, constants, or one number repeated. */
import type { Shape } from '../executor.ts';
import * as tf from '../tf.ts';
import { GraphBuilder, sameShape, sizeOf, type ConstantValues, type GraphValue, type NodeOptions } from './graph.ts';

export const RECORDER = 'recorder';

type RecordedDtype = 'float32' | 'int32' | 'bool';

/** What a recorded tensor stands for. */
type Content =
  | { readonly kind: 'value'; readonly name: string }
  | { readonly kind: 'constant'; readonly values: Float32Array | Int32Array | Uint8Array }
  /** One number, repeated over the shape. */
  | { readonly kind: 'uniform'; readonly value: number }
  /** A tensor of fewer elements that is repeated along axes of length 1; written out only where it must be. */
  | { readonly kind: 'broadcast'; readonly name: string; readonly shape: Shape };

interface Entry {
  readonly content: Content;
  readonly shape: Shape;
  readonly dtype: RecordedDtype;
  /** Where a reshape came from, so that a second reshape starts there. */
  readonly origin?: { readonly name: string; readonly shape: Shape };
  references: number;
}

export class Recorder extends tf.KernelBackend {
  readonly #entries = new Map<object, Entry>();
  readonly #constantNames = new Map<Content, Map<string, string>>();
  #graph = new GraphBuilder();

  /** The graph that is being recorded. */
  get graph(): GraphBuilder {
    return this.#graph;
  }

  start(): void {
    this.#graph = new GraphBuilder();
    this.#constantNames.clear();
  }

  /** A tensor of the program that is fed from outside. */
  input(value: GraphValue & { readonly dtype: RecordedDtype }): tf.TensorInfo {
    this.#graph.input(value);
    return this.#create({ kind: 'value', name: value.name }, value.shape, value.dtype);
  }

  /** Appends a node of one output; tensors among the inputs are named, text is a name already. */
  emit(
    op: string,
    inputs: readonly (tf.TensorInfo | string)[],
    shape: Shape,
    dtype: tf.DataType,
    options?: NodeOptions,
  ): tf.TensorInfo {
    const [output] = this.emitMany(op, inputs, [shape], dtype, options);
    if (!output) throw new Error(`Node ${op} was recorded without an output.`);
    return output;
  }

  emitMany(
    op: string,
    inputs: readonly (tf.TensorInfo | string)[],
    shapes: readonly Shape[],
    dtype: tf.DataType,
    options?: NodeOptions,
  ): tf.TensorInfo[] {
    const type = recorded(dtype);
    const names = inputs.map((input) => (typeof input === 'string' ? input : this.name(input)));
    const outputs = shapes.map((shape) => ({ shape, dtype: type }));
    const created = this.#graph.node(op, names, outputs, options);
    return created.map((name, i) => this.#create({ kind: 'value', name }, shapes[i] ?? [], type));
  }

  /** `value` repeated over `shape`, without a node. */
  uniform(value: number, shape: Shape, dtype: tf.DataType): tf.TensorInfo {
    return this.#create({ kind: 'uniform', value }, shape, recorded(dtype));
  }

  /** The same values under another shape of the same size. */
  reshape(x: tf.TensorInfo, shape: Shape): tf.TensorInfo {
    const entry = this.#entry(x);
    if (sameShape(entry.shape, shape)) return this.alias(x);
    const { content, dtype } = entry;
    if (content.kind === 'uniform' || content.kind === 'constant') return this.#create(content, shape, dtype);
    const origin = entry.origin ?? { name: this.name(x), shape: entry.shape };
    if (sameShape(origin.shape, shape)) return this.#create({ kind: 'value', name: origin.name }, shape, dtype);
    const [name = ''] = this.#graph.node('Reshape', [origin.name, this.#graph.ints(shape)], [{ shape, dtype }]);
    return this.#create({ kind: 'value', name }, shape, dtype, origin);
  }

  /** `x` repeated along its axes of length 1 (or missing) to `shape`. */
  broadcast(x: tf.TensorInfo, shape: Shape): tf.TensorInfo {
    const { content, dtype, shape: from } = this.#entry(x);
    if (sameShape(from, shape)) return this.alias(x);
    if (content.kind === 'uniform') return this.#create(content, shape, dtype);
    if (content.kind === 'broadcast') return this.#create(content, shape, dtype);
    return this.#create({ kind: 'broadcast', name: this.name(x), shape: from }, shape, dtype);
  }

  /** Another tensor over the same data. */
  alias(x: tf.TensorInfo): tf.TensorInfo {
    this.incRef(x.dataId);
    return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
  }

  /** The number that a tensor consists of, if it is one number throughout. */
  uniformValue(x: tf.TensorInfo): number | undefined {
    const { content } = this.#entry(x);
    return content.kind === 'uniform' ? content.value : undefined;
  }

  /** The name of a tensor in the graph, written out if it was a constant or a repetition. */
  name(x: tf.TensorInfo): string {
    const entry = this.#entry(x);
    const { content } = entry;
    if (content.kind === 'value') return content.name;
    const names = this.#constantNames.get(content) ?? new Map<string, string>();
    this.#constantNames.set(content, names);
    const key = entry.shape.join();
    const name = names.get(key) ?? this.#writeOut(content, entry);
    names.set(key, name);
    return name;
  }

  /** Names for the operands of an element-wise node of shape `shape`: the smallest tensors that broadcast to it. */
  operands(inputs: readonly tf.TensorInfo[], shape: Shape): string[] {
    const small = inputs.map((input) => this.#smallest(input));
    const reached = small.reduce<Shape>(
      (a, b) => tf.broadcast_util.assertAndGetBroadcastShape([...a], [...b.shape]),
      [],
    );
    if (sameShape(reached, shape)) return small.map((operand) => operand.name);
    return inputs.map((input) => this.name(input));
  }

  #smallest(x: tf.TensorInfo): { readonly name: string; readonly shape: Shape } {
    const { content, shape, dtype } = this.#entry(x);
    if (content.kind === 'uniform') return { name: this.#graph.scalar(content.value, dtype), shape: [] };
    return content.kind === 'broadcast' ? content : { name: this.name(x), shape };
  }

  #writeOut(content: Exclude<Content, { kind: 'value' }>, { shape, dtype }: Entry): string {
    if (content.kind === 'constant') return this.#graph.constant(content.values, shape, dtype);
    const source = content.kind === 'uniform' ? this.#graph.scalar(content.value, dtype) : content.name;
    if (content.kind === 'uniform' && shape.length === 0) return source;
    return this.#graph.node('Expand', [source, this.#graph.ints(shape)], [{ shape, dtype }])[0] ?? source;
  }

  #create(content: Content, shape: Shape, dtype: RecordedDtype, origin?: Entry['origin']): tf.TensorInfo {
    const dataId = {};
    this.#entries.set(dataId, { content, shape, dtype, references: 1, ...(origin && { origin }) });
    return { dataId, shape: [...shape], dtype };
  }

  #entry(x: Pick<tf.TensorInfo, 'dataId'>): Entry {
    const entry = this.#entries.get(x.dataId);
    if (!entry) throw new Error('A tensor from outside was used inside a recorded body; pass it as an input or state.');
    return entry;
  }

  override write(values: tf.BackendValues, shape: number[], dtype: tf.DataType): object {
    const type = recorded(dtype);
    const typed = constantValues(values, type);
    const [first] = typed;
    const isUniform = first !== undefined && typed.every((value) => Object.is(value, first));
    const content: Content = isUniform ? { kind: 'uniform', value: first } : { kind: 'constant', values: typed };
    return this.#create(content, shape, type).dataId;
  }

  override move(
    dataId: object,
    values: tf.BackendValues,
    shape: number[],
    dtype: tf.DataType,
    references: number,
  ): void {
    const type = recorded(dtype);
    const content: Content = { kind: 'constant', values: constantValues(values, type) };
    this.#entries.set(dataId, { content, shape, dtype: type, references });
  }

  override readSync(dataId: object): tf.BackendValues {
    const { content, shape, dtype } = this.#entry({ dataId });
    if (content.kind === 'constant') return content.values;
    if (content.kind === 'uniform') return constantValues(Array<number>(sizeOf(shape)).fill(content.value), dtype);
    throw new Error('A value was read inside a recorded body: a program only describes what is computed later.');
  }

  override async read(dataId: object): Promise<tf.BackendValues> {
    return this.readSync(dataId);
  }

  override refCount(dataId: object): number {
    return this.#entries.get(dataId)?.references ?? 0;
  }

  override incRef(dataId: object): void {
    this.#entry({ dataId }).references += 1;
  }

  override disposeData(dataId: object, force = false): boolean {
    const entry = this.#entries.get(dataId);
    if (!entry) return true;
    entry.references -= 1;
    if (!force && entry.references > 0) return false;
    return this.#entries.delete(dataId);
  }

  override numDataIds(): number {
    return this.#entries.size;
  }

  override memory(): { unreliable: boolean } {
    return { unreliable: true };
  }

  override timerAvailable(): boolean {
    return false;
  }

  override floatPrecision(): 32 {
    return 32;
  }

  override epsilon(): number {
    return 1e-7;
  }

  override dispose(): void {
    this.#entries.clear();
  }
}

const recorded = (dtype: tf.DataType): RecordedDtype => {
  if (dtype === 'float32' || dtype === 'int32' || dtype === 'bool') return dtype;
  throw new Error(`Tensors of type ${dtype} cannot be recorded; use float32, int32 or bool.`);
};

const constantValues = (
  values: tf.BackendValues | number[],
  dtype: RecordedDtype,
): Exclude<ConstantValues, BigInt64Array> => {
  const numbers = values as ArrayLike<number>;
  if (dtype === 'float32') return values instanceof Float32Array ? values : Float32Array.from(numbers);
  if (dtype === 'int32') return values instanceof Int32Array ? values : Int32Array.from(numbers);
  return values instanceof Uint8Array ? values : Uint8Array.from(numbers);
};
