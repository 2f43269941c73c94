/** Runs programs op by op on a tfjs backend, behind the contract of all executors. */
import { withBackend } from '../../engine/backend.ts';
import type { Append, CompiledProgram, Executor, Program, Shape, Values } from '../../engine/executor.ts';
import { choosing } from '../../engine/programs/afresh.ts';
import * as tf from '../../engine/tf.ts';
import type { ExecutorIdentity } from '../../protocol/events.ts';
import { longerShape } from './cacheRows.ts';
import { checkSize, checkState, inputValues, isAccepted, outputOf, stateShapes } from './check.ts';

/** What one run of a body leaves behind: new state and what the caller asked for. */
interface Outcome extends tf.TensorContainerObject {
  readonly written: Record<string, tf.Tensor>;
  readonly returned: Record<string, tf.Tensor>;
}

/** An expected failure in words of the protocol; null for anything else. */
type Explain = (error: unknown, program: Program) => Error | null;

export class EagerExecutor implements Executor {
  readonly identity: ExecutorIdentity;
  readonly #explain: Explain;
  readonly #backend: string;
  readonly #state = new Map<string, tf.Tensor>();
  readonly #compiled = new Set<EagerProgram>();

  /** `backend` is registered with tfjs and ready. */
  constructor(backend: string, identity: ExecutorIdentity, explain: Explain = () => null) {
    this.#backend = backend;
    this.identity = identity;
    this.#explain = explain;
  }

  async allocate(name: string, shape: Shape, values?: Float32Array): Promise<void> {
    if (values) checkSize(name, shape, values);
    const tensor = withBackend(this.#backend, () =>
      values ? tf.tensor(values.slice(), [...shape], 'float32') : tf.zeros([...shape]),
    );
    this.#replace(name, tensor);
  }

  async grow(name: string, length: number): Promise<void> {
    const before = this.#get(name);
    const added = length - (longerShape(name, before.shape, before.shape[2] ?? 0)[2] ?? 0);
    longerShape(name, before.shape, length);
    const longer = withBackend(this.#backend, () =>
      tf.pad(before, [
        [0, 0],
        [0, 0],
        [0, added],
        [0, 0],
      ]),
    );
    this.#replace(name, longer);
  }

  async free(name: string): Promise<void> {
    this.#state.get(name)?.dispose();
    this.#state.delete(name);
  }

  has(name: string): boolean {
    return this.#state.has(name);
  }

  async read(name: string): Promise<Float32Array> {
    return floats(this.#get(name));
  }

  async compile(given: Program): Promise<CompiledProgram> {
    const program = choosing(given);
    if (program.precision)
      throw new Error(`Program ${program.name} asks for ${program.precision}, which ${this.identity.executor} lacks.`);
    const shapes = stateShapes(program, (name) => this.#state.get(name)?.shape);
    const compiled: EagerProgram = new EagerProgram(
      (inputs) => this.#run(program, shapes, inputs),
      () => this.#compiled.delete(compiled),
    );
    this.#compiled.add(compiled);
    return compiled;
  }

  handles(): number {
    return this.#state.size + this.#compiled.size;
  }

  async dispose(): Promise<void> {
    for (const name of [...this.#state.keys()]) await this.free(name);
    this.#compiled.clear();
  }

  async #run(
    program: Program,
    shapes: Readonly<Record<string, Shape>>,
    inputs: Readonly<Record<string, Values>>,
  ): Promise<Record<string, Float32Array>> {
    checkState(program, shapes, (name) => this.#state.get(name)?.shape);
    const { written, returned } = this.#explained(program, () => this.#step(program, inputs));
    const read = Object.entries(returned).map(async ([name, tensor]) => [name, await floats(tensor)] as const);
    const values = Object.fromEntries(await Promise.all(read));
    tf.dispose(returned);
    if (isAccepted(program, values)) for (const [name, tensor] of Object.entries(written)) this.#replace(name, tensor);
    else tf.dispose(written);
    return values;
  }

  #explained(program: Program, step: () => Outcome): Outcome {
    try {
      return withBackend(this.#backend, step);
    } catch (error) {
      throw this.#explain(error, program) ?? error;
    }
  }

  /** Runs the body; what comes back belongs to the caller. */
  #step(program: Program, inputs: Readonly<Record<string, Values>>): Outcome {
    return tf.tidy(() => {
      const fed = program.inputs.map((spec) => {
        const values = inputValues(program, spec, inputs).slice();
        return [spec.name, tf.tensor(values, [...spec.shape], spec.dtype)] as const;
      });
      const named = Object.fromEntries(fed);
      const read = program.reads.map((name) => [name, this.#get(name)] as const);
      const outputs = program.body({ ...named, ...Object.fromEntries(read) });
      const copy = (name: string) => [name, tf.clone(outputOf(program, outputs, name))] as const;
      const appended = program.appends.map((append) => {
        const rows = outputOf(program, outputs, append.output);
        return [append.state, this.#appended(append, rows, inputs)] as const;
      });
      return {
        written: Object.fromEntries([...program.writes.map(copy), ...appended]),
        returned: Object.fromEntries(program.returns.map(copy)),
      };
    });
  }

  /** state with the output's rows at the places that the inputs give. */
  #appended({ state, at, slots }: Append, rows: tf.Tensor, inputs: Readonly<Record<string, Values>>): tf.Tensor {
    const cache = this.#get(state);
    const times = inputs[at] ?? [];
    const targets = slots ? (inputs[slots] ?? []) : Int32Array.from(times, (_, i) => i);
    return rows.shape[2] === 1 && !slots ? withOneEach(cache, rows, times) : withRows(cache, rows, times, targets);
  }

  #replace(name: string, tensor: tf.Tensor): void {
    this.#state.get(name)?.dispose();
    this.#state.set(name, tensor);
  }

  #get(name: string): tf.Tensor {
    const tensor = this.#state.get(name);
    if (!tensor) throw new Error(`State ${name} is not allocated.`);
    return tensor;
  }
}

/** Row i at time `times[i]` of slot i: all in one operation. */
const withOneEach = (cache: tf.Tensor, rows: tf.Tensor, at: ArrayLike<number>): tf.Tensor => {
  const [slots = 0, , length = 0] = cache.shape;
  const times = tf.reshape(tf.range(0, length, 1, 'int32'), [1, 1, length, 1]);
  const isHere = tf.equal(times, tf.tensor(Int32Array.from(at), [slots, 1, 1, 1], 'int32'));
  return tf.where(isHere, rows, cache);
};

/** Row i from time `times[i]` on in slot `slots[i]`. */
const withRows = (cache: tf.Tensor, rows: tf.Tensor, times: ArrayLike<number>, slots: ArrayLike<number>): tf.Tensor => {
  const [slotCount = 0, , length = 0] = cache.shape;
  const [count = 0, heads = 0, span = 0, width = 0] = rows.shape;
  const shape = [1, heads, span, width];
  let filled = tf.clone(cache);
  for (let i = 0; i < count; i++) {
    const [time, slot] = [times[i] ?? -1, slots[i] ?? -1];
    if (time < 0) continue;
    if (slot < 0 || slot >= slotCount) throw new Error(`Slot ${slot} is outside a cache of ${slotCount} slots.`);
    const around: [number, number][] = [
      [slot, slotCount - slot - 1],
      [0, 0],
      [time, length - time - span],
      [0, 0],
    ];
    const isHere = tf.cast(tf.pad(tf.ones(shape), around), 'bool');
    filled = tf.where(isHere, tf.pad(tf.slice(rows, [i, 0, 0, 0], shape), around), filled);
  }
  return filled;
};

class EagerProgram implements CompiledProgram {
  readonly run: CompiledProgram['run'];
  readonly #onDispose: () => void;

  constructor(run: CompiledProgram['run'], onDispose: () => void) {
    this.run = run;
    this.#onDispose = onDispose;
  }

  async dispose(): Promise<void> {
    this.#onDispose();
  }
}

/** A copy of a tensor's values. */
const floats = async (tensor: tf.Tensor): Promise<Float32Array> => Float32Array.from(await tensor.data());
