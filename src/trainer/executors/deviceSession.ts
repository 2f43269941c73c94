/** A recorded program as a session of ONNX Runtime on a device: state goes in and comes out as buffers there, the rest as arrays here. */
import type * as Ort from 'onnxruntime-node';
import type { DeviceLimits, Program, Shape, Values } from '../../engine/executor.ts';
import { tooLargeFor } from '../../engine/graph/deviceLimits.ts';
import { record } from '../../engine/graph/record.ts';
import { inputValues } from './check.ts';
import { onDevice, keptName, returnedName } from './deviceProgram.ts';
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

export interface Outcome {
  /** New state by name; the caller's own, to be disposed. */
  readonly kept: Readonly<Record<string, DeviceTensor>>;
  /** What the program returns, the caller's own. */
  readonly returned: Readonly<Record<string, Float32Array>>;
}

export class DeviceSession {
  readonly program: Program;
  /** Of the state that the program touches. */
  readonly shapes: Readonly<Record<string, Shape>>;
  readonly #runtime: typeof Ort;
  readonly #session: Ort.InferenceSession;
  /** Names of the program's outputs by the names they have in the graph. */
  readonly #names: ReadonlyMap<string, string>;
  readonly #reads: readonly string[];
  /** Tensors that this session has made and nobody has disposed. */
  #living = 0;
  #isClosed = false;

  private constructor(runtime: typeof Ort, session: Ort.InferenceSession, recorded: Recorded) {
    this.#runtime = runtime;
    this.#session = session;
    this.program = recorded.program;
    this.shapes = recorded.shapes;
    this.#names = recorded.names;
    this.#reads = recorded.reads;
  }

  /** Throws ExecutorError `outOfMemory` for a tensor that the device cannot show to a kernel, before any memory is taken. */
  static async open(
    runtime: typeof Ort,
    program: Program,
    shapes: DeviceSession['shapes'],
    limits?: DeviceLimits,
  ): Promise<DeviceSession> {
    const adapted = onDevice(program);
    const graph = forWebgpu(record(adapted, shapes));
    const [tooLarge] = limits ? tooLargeFor(graph, limits) : [];
    if (limits && tooLarge) throw beyondLimits(program, tooLarge, limits);
    const kept = new Set(Object.keys(shapes).map(keptName));
    const session = await runtime.InferenceSession.create(onnxModel(graph), {
      executionProviders: ['webgpu'],
      preferredOutputLocation: Object.fromEntries(
        graph.outputs.map(({ name, source }) => [source, kept.has(name) ? 'gpu-buffer' : 'cpu'] as const),
      ),
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
    return new DeviceSession(runtime, session, { program, shapes, names, reads: adapted.reads });
  }

  async run(inputs: Readonly<Record<string, Values>>, stateOf: (name: string) => DeviceTensor): Promise<Outcome> {
    const fetched = await this.#session.run(this.#feeds(inputs, stateOf)).catch((error: unknown) => {
      throw explained(error, this.program);
    });
    const outputs = new Map(
      Object.entries(fetched).map(([source, tensor]) => [this.#names.get(source), tensor as FloatTensor] as const),
    );
    const kept = Object.keys(this.shapes).flatMap((name) => {
      const tensor = outputs.get(keptName(name));
      return tensor ? [[name, this.#made(tensor)] as const] : [];
    });
    const returned = this.program.returns.flatMap((name) => {
      const tensor = outputs.get(returnedName(name));
      return tensor ? [[name, tensor.data] as const] : [];
    });
    return { kept: Object.fromEntries(kept), returned: Object.fromEntries(returned) };
  }

  /** Releases the session, but not before the last tensor it made: a buffer whose session is gone ends the process. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#living === 0) await this.#session.release();
  }

  #made(tensor: FloatTensor): DeviceTensor {
    this.#living += 1;
    return new DeviceTensor(tensor, async () => {
      this.#living -= 1;
      if (this.#isClosed && this.#living === 0) await this.#session.release();
    });
  }

  #feeds(
    inputs: Readonly<Record<string, Values>>,
    stateOf: (name: string) => DeviceTensor,
  ): Record<string, Ort.Tensor> {
    const { inputs: specs } = this.program;
    const fed = specs.map((spec) => {
      const values = inputValues(this.program, spec, inputs);
      return [spec.name, new this.#runtime.Tensor(spec.dtype, values, spec.shape)] as const;
    });
    return Object.fromEntries([...fed, ...this.#reads.map((name) => [name, stateOf(name).tensor] as const)]);
  }
}

interface Recorded {
  readonly program: Program;
  readonly shapes: Readonly<Record<string, Shape>>;
  readonly names: ReadonlyMap<string, string>;
  readonly reads: readonly string[];
}
