/** The executor `onnx` on WebGPU: all state lives on the device, and only what programs return comes to the host. */
import type * as Ort from 'onnxruntime-node';
import type { CompiledProgram, DeviceLimits, Executor, Program, Shape, Values } from '../../engine/executor.ts';
import { sizeOf } from '../../engine/graph/graph.ts';
import type { ExecutorIdentity } from '../../protocol/events.ts';
import { longerShape } from './cacheRows.ts';
import { checkSize, checkState, checkTimes, isAccepted, outputOf, stateShapes } from './check.ts';
import { COPIED, downloading, growing, replacedState, uploading } from './deviceProgram.ts';
import { DeviceSession, type DevicePlace, type DeviceTensor } from './deviceSession.ts';

/** Buffers by the names of state. Who puts one in gives it away; it is disposed when another takes its place. */
class DeviceState {
  readonly #tensors = new Map<string, DeviceTensor>();

  get size(): number {
    return this.#tensors.size;
  }

  has(name: string): boolean {
    return this.#tensors.has(name);
  }

  get(name: string): DeviceTensor {
    const tensor = this.#tensors.get(name);
    if (!tensor) throw new Error(`State ${name} is not allocated.`);
    return tensor;
  }

  shapeOf(name: string): Shape | undefined {
    return this.#tensors.get(name)?.shape;
  }

  async replace(name: string, tensor: DeviceTensor): Promise<void> {
    const before = this.#tensors.get(name);
    this.#tensors.set(name, tensor);
    await before?.dispose();
  }

  async free(name: string): Promise<void> {
    const tensor = this.#tensors.get(name);
    this.#tensors.delete(name);
    await tensor?.dispose();
  }

  async clear(): Promise<void> {
    for (const name of [...this.#tensors.keys()]) await this.free(name);
  }
}

export class OnnxDeviceExecutor implements Executor {
  readonly identity: ExecutorIdentity;
  readonly limits?: DeviceLimits;
  readonly #place: DevicePlace;
  readonly #state = new DeviceState();
  readonly #compiled = new Set<DeviceProgram>();
  /** Sessions that move tensors between host and device, by direction and shape. */
  readonly #copiers = new Map<string, DeviceSession>();

  constructor(runtime: typeof Ort, identity: ExecutorIdentity, limits?: DeviceLimits) {
    this.#place = { runtime, buffers: { living: 0 }, ...(limits && { limits }) };
    this.identity = identity;
    if (limits) this.limits = limits;
  }

  async allocate(name: string, shape: Shape, values?: Float32Array): Promise<void> {
    if (values) checkSize(name, shape, values);
    const upload = await this.#copier(uploading(shape), shape);
    const { kept } = await upload.run({ x: values ?? new Float32Array(sizeOf(shape)) }, noState);
    await this.#state.replace(name, outputOf(upload.program, kept, COPIED));
  }

  async grow(name: string, length: number): Promise<void> {
    const { shape } = this.#state.get(name);
    longerShape(name, shape, length);
    const growth = await this.compile(growing(name, shape, length));
    await growth.run({});
    await growth.dispose();
  }

  async free(name: string): Promise<void> {
    await this.#state.free(name);
  }

  has(name: string): boolean {
    return this.#state.has(name);
  }

  /** By way of a graph whose output is on the host: a tensor's own `getData` ends the process in onnxruntime-node 1.30. */
  async read(name: string): Promise<Float32Array> {
    const tensor = this.#state.get(name);
    const download = await this.#copier(downloading, tensor.shape);
    const { returned } = await download.run({}, () => tensor);
    return outputOf(download.program, returned, COPIED);
  }

  async compile(program: Program): Promise<CompiledProgram> {
    const shapes = stateShapes(program, (name) => this.#state.shapeOf(name));
    const session = await DeviceSession.open(this.#place, program, shapes);
    const compiled: DeviceProgram = new DeviceProgram(session, this.#state, () => this.#compiled.delete(compiled));
    this.#compiled.add(compiled);
    return compiled;
  }

  handles(): number {
    return this.#place.buffers.living + this.#compiled.size;
  }

  async dispose(): Promise<void> {
    for (const compiled of [...this.#compiled]) await compiled.dispose();
    await this.#state.clear();
    for (const copier of this.#copiers.values()) await copier.close();
    this.#copiers.clear();
  }

  async #copier(program: Program, shape: Shape): Promise<DeviceSession> {
    const key = `${program.name} ${shape.join('x')}`;
    const known = this.#copiers.get(key);
    if (known) return known;
    // Copies carry no limits: a tensor that the device cannot show is told by the program that computes with it.
    const { runtime, buffers } = this.#place;
    const place = { runtime, buffers };
    const copier = await DeviceSession.open(place, program, { [COPIED]: shape }, { alwaysNew: true });
    this.#copiers.set(key, copier);
    return copier;
  }
}

const noState = (name: string): never => {
  throw new Error(`A program that copies a tensor asked for the state ${name}.`);
};

class DeviceProgram implements CompiledProgram {
  readonly #session: DeviceSession;
  readonly #state: DeviceState;
  readonly #onDispose: () => void;
  #isDisposed = false;

  constructor(session: DeviceSession, state: DeviceState, onDispose: () => void) {
    this.#session = session;
    this.#state = state;
    this.#onDispose = onDispose;
  }

  async run(inputs: Readonly<Record<string, Values>>): Promise<Record<string, Float32Array>> {
    const { program, shapes } = this.#session;
    checkState(program, shapes, (name) => this.#state.shapeOf(name));
    checkTimes(program, shapes, inputs);
    const { kept, returned } = await this.#session.run(inputs, (name) => this.#state.get(name));
    // What was not computed in place is still whole: whether it is replaced is decided here, by numbers on the host.
    for (const name of program.returns) outputOf(program, returned, name);
    if (!this.#session.isInPlace) for (const name of replacedState(program)) outputOf(program, kept, name);
    const isWriting = isAccepted(program, returned);
    for (const [name, tensor] of Object.entries(kept))
      await (isWriting ? this.#state.replace(name, tensor) : tensor.dispose());
    return { ...returned };
  }

  async dispose(): Promise<void> {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#onDispose();
    await this.#session.close();
  }
}
