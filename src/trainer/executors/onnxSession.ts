/** A recorded program as a session of ONNX Runtime whose results arrive in memory of ours. */
import type * as Ort from 'onnxruntime-node';
import type { Program, Shape, TensorSpec, Values } from '../../engine/executor.ts';
import { sizeOf, type Graph } from '../../engine/graph/graph.ts';
import { record } from '../../engine/graph/record.ts';
import { forCpu } from './cpuGraph.ts';
import { explained } from './onnxErrors.ts';
import { onnxModel, STOPPER } from './onnxModel.ts';

export type FloatTensor = Ort.TypedTensor<'float32'>;
export type Floats = Readonly<Record<string, FloatTensor>>;

/** Where sessions run. */
export interface Place {
  readonly runtime: typeof Ort;
  readonly provider: string;
  readonly threads: number;
}

/**
 * What onnxruntime-node 1.30 says when a result is no tensor. It copies all results into new memory, those too that were
 * computed into memory given to it, which doubles the gradients of a model for each pass. As the first result of the
 * model is a sequence, it stops before the first copy: by then the run is done and all results are where they belong.
 * A version that hands the sequence out, or does not copy, is as good: only the memory given is looked at.
 */
const STOPPED = /non tensor type is temporarily not supported/i;

export class OnnxSession {
  readonly program: Program;
  readonly #runtime: typeof Ort;
  readonly #session: Ort.InferenceSession;
  readonly #outputs: Graph['outputs'];

  private constructor(runtime: typeof Ort, session: Ort.InferenceSession, program: Program, outputs: Graph['outputs']) {
    this.#runtime = runtime;
    this.#session = session;
    this.program = program;
    this.#outputs = outputs;
  }

  /** `shapes` are those of the state that the program touches. */
  static async open(
    { runtime, provider, threads }: Place,
    program: Program,
    shapes: Readonly<Record<string, Shape>>,
  ): Promise<OnnxSession> {
    const recorded = record(program, shapes);
    const graph = provider === 'cpu' ? forCpu(recorded) : recorded;
    const session = await runtime.InferenceSession.create(onnxModel(graph, { withStopper: true }), {
      executionProviders: [provider],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      graphOptimizationLevel: 'all',
      // The plan would be kept beside the memory of the first run: twice the memory, and not faster.
      enableMemPattern: false,
      logSeverityLevel: 3,
    }).catch((error: unknown) => {
      throw explained(error, program);
    });
    return new OnnxSession(runtime, session, program, graph.outputs);
  }

  /** The outputs by name; those of `targets` in the memory given there, the others in new memory. */
  async run(feeds: Readonly<Record<string, Ort.Tensor>>, targets: Floats): Promise<Floats> {
    const outputs = this.#outputs.map(({ name, shape, source }) => ({
      name,
      source,
      tensor: targets[name] ?? new this.#runtime.Tensor('float32', new Float32Array(sizeOf(shape)), shape),
    }));
    const fetches = Object.fromEntries(outputs.map(({ source, tensor }) => [source, tensor] as const));
    await this.#session.run(feeds, { [STOPPER]: null, ...fetches }).catch((error: unknown) => {
      if (!STOPPED.test(String(error))) throw explained(error, this.program);
    });
    return Object.fromEntries(outputs.map(({ name, tensor }) => [name, tensor] as const));
  }

  /** A tensor over `values`, which are not copied. */
  tensor<T extends TensorSpec['dtype']>(dtype: T, values: Values, shape: Shape): Ort.TypedTensor<T> {
    return new this.#runtime.Tensor(dtype, values, shape) as Ort.TypedTensor<T>;
  }

  async close(): Promise<void> {
    await this.#session.release();
  }
}
