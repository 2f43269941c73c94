/** A recorded program as a session of ONNX Runtime on a device: state goes in and comes out as buffers there, the rest as arrays here. */
import type * as Ort from 'onnxruntime-node';
import type { DeviceLimits, Program, Shape, Values } from '../../engine/executor.ts';
import { tooLargeFor } from '../../engine/graph/deviceLimits.ts';
import type { Graph } from '../../engine/graph/graph.ts';
import { record } from '../../engine/graph/record.ts';
import { inputValues } from './check.ts';
import { canBeInPlace, keptName, onDevice, replacedState, returnedName } from './deviceProgram.ts';
import { beyondLimits, explained } from './onnxErrors.ts';
import { onnxModel } from './onnxModel.ts';
import { forWebgpu } from './webgpuGraph.ts';

type FloatTensor = Ort.TypedTensor<'float32'>;

/** A float32 tensor in a buffer of the device. It keeps the session that made it alive; whoever holds it disposes it. */
export class DeviceTensor {
  readonly tensor: FloatTensor;
  readonly #onDispose: () => Promise<void>;

  constructor(tensor: FloatTensor, onDispose: () => Promise<void>) {
    this.tensor = tensor;
    this.#onDispose = onDispose;
  }

  get shape(): Shape {
    return this.tensor.dims;
  }

  async dispose(): Promise<void> {
    this.tensor.dispose();
    await this.#onDispose();
  }
}

/** How many buffers of a device are held. */
export interface BufferCount {
  living: number;
}

/** Where sessions run. */
export interface DevicePlace {
  readonly runtime: typeof Ort;
  readonly buffers: BufferCount;
  readonly limits?: DeviceLimits;
}

export interface Outcome {
  /** State in new buffers, by name; the caller's own, to be disposed. None where the session computes in place. */
  readonly kept: Readonly<Record<string, DeviceTensor>>;
  /** What the program returns, the caller's own. */
  readonly returned: Readonly<Record<string, Float32Array>>;
}

export class DeviceSession {
  readonly program: Program;
  /** Of the state that the program touches. */
  readonly shapes: Readonly<Record<string, Shape>>;
  /** Whether new state is computed into the buffers of the old. */
  readonly isInPlace: boolean;
  readonly #place: DevicePlace;
  readonly #session: Ort.InferenceSession;
  /** Names of the program's outputs by the names they have in the graph. */
  readonly #names: ReadonlyMap<string, string>;
  readonly #reads: readonly string[];
  /** Tensors that this session has made and nobody has disposed. */
  #living = 0;
  #isClosed = false;

  private constructor(place: DevicePlace, session: Ort.InferenceSession, recorded: Recorded) {
    this.#place = place;
    this.#session = session;
    this.program = recorded.program;
    this.shapes = recorded.shapes;
    this.isInPlace = recorded.isInPlace;
    this.#names = recorded.names;
    this.#reads = recorded.reads;
  }

  /**
   * Computes in place where the program allows it for all that it writes, unless it is `alwaysNew`: then all state is new.
   * Throws ExecutorError `outOfMemory` for a tensor that the device cannot show to a kernel, before any memory is taken.
   */
  static async open(
    place: DevicePlace,
    program: Program,
    shapes: DeviceSession['shapes'],
    { alwaysNew = false } = {},
  ): Promise<DeviceSession> {
    const { runtime, limits } = place;
    const adapted = onDevice(program);
    const graph = forWebgpu(record(adapted, shapes));
    const [tooLarge] = limits ? tooLargeFor(graph, limits) : [];
    if (limits && tooLarge) throw beyondLimits(program, tooLarge, limits);
    const isInPlace = !alwaysNew && canBeInPlace(program, graph);
    const session = await runtime.InferenceSession.create(onnxModel(graph), {
      executionProviders: ['webgpu'],
      // With locations asked for, onnxruntime-node 1.30 takes no notice of buffers that are given for results.
      ...(!isInPlace && { preferredOutputLocation: locations(graph, Object.keys(shapes)) }),
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      graphOptimizationLevel: 'all',
      logSeverityLevel: 3,
      // A node without a kernel there is a bug to be told, not one to be computed on the CPU between two copies.
      extra: { session: { disable_cpu_ep_fallback: '1' } },
    }).catch((error: unknown) => {
      throw explained(error, program);
    });
    const names = new Map(graph.outputs.map(({ name, source }) => [source, name] as const));
    return new DeviceSession(place, session, { program, shapes, names, reads: adapted.reads, isInPlace });
  }

  async run(inputs: Readonly<Record<string, Values>>, stateOf: (name: string) => DeviceTensor): Promise<Outcome> {
    const fetched = await this.#session.run(this.#feeds(inputs, stateOf), this.#fetches(stateOf)).catch((error) => {
      throw explained(error, this.program);
    });
    const outputs = new Map(
      Object.entries(fetched).map(([source, tensor]) => [this.#names.get(source), tensor as FloatTensor] as const),
    );
    const returned = this.program.returns.flatMap((name) => {
      const tensor = outputs.get(returnedName(name));
      return tensor ? [[name, tensor.data] as const] : [];
    });
    return { kept: this.#kept(outputs), returned: Object.fromEntries(returned) };
  }

  /** Releases the session, but not before the last tensor it made: a buffer whose session is gone ends the process. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#living === 0) await this.#session.release();
  }

  /** What came out as state. In place that is other tensors over the buffers that were given: they own nothing. */
  #kept(outputs: ReadonlyMap<string | undefined, FloatTensor>): Record<string, DeviceTensor> {
    const kept: Record<string, DeviceTensor> = {};
    for (const name of Object.keys(this.shapes)) {
      const tensor = outputs.get(keptName(name));
      if (!tensor) continue;
      if (this.isInPlace) tensor.dispose();
      else kept[name] = this.#made(tensor);
    }
    return kept;
  }

  #made(tensor: FloatTensor): DeviceTensor {
    const { buffers } = this.#place;
    this.#living += 1;
    buffers.living += 1;
    return new DeviceTensor(tensor, async () => {
      this.#living -= 1;
      buffers.living -= 1;
      if (this.#isClosed && this.#living === 0) await this.#session.release();
    });
  }

  /** Where results go: null leaves it to ONNX Runtime. */
  #fetches(stateOf: (name: string) => DeviceTensor): Record<string, Ort.Tensor | null> {
    const targets = new Map(
      (this.isInPlace ? replacedState(this.program) : []).map((name) => [keptName(name), name] as const),
    );
    return Object.fromEntries(
      [...this.#names].map(([source, name]) => {
        const state = targets.get(name);
        return [source, state === undefined ? null : stateOf(state).tensor] as const;
      }),
    );
  }

  #feeds(
    inputs: Readonly<Record<string, Values>>,
    stateOf: (name: string) => DeviceTensor,
  ): Record<string, Ort.Tensor> {
    const { inputs: specs } = this.program;
    const fed = specs.map((spec) => {
      const values = inputValues(this.program, spec, inputs);
      return [spec.name, new this.#place.runtime.Tensor(spec.dtype, values, spec.shape)] as const;
    });
    return Object.fromEntries([...fed, ...this.#reads.map((name) => [name, stateOf(name).tensor] as const)]);
  }
}

/** State stays on the device, what is returned comes to the host. */
const locations = ({ outputs }: Graph, state: readonly string[]): Record<string, 'gpu-buffer' | 'cpu'> => {
  const kept = new Set(state.map(keptName));
  return Object.fromEntries(
    outputs.map(({ name, source }) => [source, kept.has(name) ? 'gpu-buffer' : 'cpu'] as const),
  );
};

interface Recorded {
  readonly isInPlace: boolean;
  readonly program: Program;
  readonly shapes: Readonly<Record<string, Shape>>;
  readonly names: ReadonlyMap<string, string>;
  readonly reads: readonly string[];
}
