/** The executor `onnx`: records programs and runs them on ONNX Runtime. On the CPU (and CUDA, DirectML, CoreML) state lives in JavaScript's memory. */
import type * as Ort from 'onnxruntime-node';
import type { CompiledProgram, DeviceLimits, Executor, Owner, Program, Shape } from '../../engine/executor.ts';
import { ExecutorError } from '../../engine/executorError.ts';
import { sizeOf } from '../../engine/graph/graph.ts';
import * as tf from '../../engine/tf.ts';
import type { ExecutorIdentity } from '../../protocol/events.ts';
import { lengthened, longerShape } from './cacheRows.ts';
import { checkSize, stateShapes } from './check.ts';
import { physicalCores, processorName } from './cores.ts';
import { OnnxDeviceExecutor } from './onnxDevice.ts';
import { OnnxPieces } from './onnxPieces.ts';
import { OnnxProgram } from './onnxProgram.ts';
import { OnnxSession } from './onnxSession.ts';
import { OnnxState } from './onnxState.ts';
import { reasonOf } from '../../protocol/logged.ts';
import { said, type Told } from '../../protocol/sentence.ts';

type Runtime = typeof Ort;

export const ONNX_PROVIDERS = ['cpu', 'webgpu', 'cuda', 'dml', 'coreml'] as const;
export type OnnxProvider = (typeof ONNX_PROVIDERS)[number];

export interface OnnxOptions {
  /** Of the CPU; 0 takes one per physical core. */
  readonly threads?: number;
  readonly provider?: OnnxProvider;
  /** Name of the GPU, where it is known. */
  readonly adapter?: string;
  /** What training passes are computed in; f32 if left out. */
  readonly precision?: 'f32' | 'f16';
  /** Of the GPU, where it told them. */
  readonly limits?: DeviceLimits;
  /** Why this executor was chosen, in one sentence. */
  readonly reason?: Told;
}

/** Loads ONNX Runtime. Throws ExecutorError `noDevice` where its native part is missing for this platform. */
export const loadOnnxRuntime = async (): Promise<Runtime> => {
  try {
    const { default: runtime } = (await import('onnxruntime-node')) as unknown as { readonly default: Runtime };
    return runtime;
  } catch (error) {
    throw new ExecutorError(
      'noDevice',
      said`ONNX Runtime could not be loaded on ${process.platform}-${process.arch}: ${String(error)}`,
      'Install the extension built for this platform, or run npm install in the project; executor "reference" needs no native part.',
    );
  }
};

/** Throws ExecutorError `noDevice` where the provider is not part of this ONNX Runtime, or finds no device that it can use. */
export const createOnnxExecutor = async (options: OnnxOptions = {}): Promise<Executor> => {
  const { threads = 0, provider = 'cpu', reason = 'Asked for: ONNX Runtime on the CPU.' } = options;
  const runtime = await loadOnnxRuntime();
  const isOnCpu = provider === 'cpu';
  const identity: ExecutorIdentity = {
    executor: 'onnx',
    version: `onnxruntime-node ${runtime.env.versions.node ?? runtime.env.versions.common}`,
    provider,
    adapter: isOnCpu ? processorName() : (options.adapter ?? `a device of ${provider} that does not tell its name`),
    precision: options.precision ?? 'f32',
    threads: threads > 0 ? threads : physicalCores(),
    ...reasonOf(reason),
  };
  if (!isOnCpu) checkProvider(runtime, provider);
  const executor =
    provider === 'webgpu'
      ? new OnnxDeviceExecutor(runtime, identity, options.limits)
      : new OnnxExecutor(runtime, identity);
  if (!isOnCpu) await tryOut(executor);
  return executor;
};

const checkProvider = (runtime: Runtime, provider: OnnxProvider): void => {
  const listed = (runtime as Runtime & { readonly listSupportedBackends: () => { readonly name: string }[] })
    .listSupportedBackends()
    .map(({ name }) => name);
  if (!listed.includes(provider))
    throw new ExecutorError(
      'noDevice',
      said`The ONNX Runtime for ${process.platform}-${process.arch} has no provider ${provider}; it has: ${listed.join(', ')}.`,
      PROVIDER_REMEDY,
    );
};

const PROVIDER_REMEDY = 'Set provider to "auto", or device to "cpu".';

/** One small sum: a provider finds its device when its first session is made. */
const tryOut = async (executor: Executor): Promise<void> => {
  const { provider } = executor.identity;
  const doubling: Program = {
    name: 'trial',
    inputs: [{ name: 'x', shape: [2], dtype: 'float32' }],
    reads: [],
    writes: [],
    appends: [],
    returns: ['y'],
    body: ({ x }): Record<string, tf.Tensor> => (x ? { y: tf.add(x, x) } : {}),
  };
  const words = await triedOut(executor, doubling);
  if (words === null) return;
  await executor.dispose();
  throw new ExecutorError('noDevice', said`The provider ${provider} cannot compute here: ${words}`, PROVIDER_REMEDY);
};

/** What went wrong, or null. */
const triedOut = async (executor: Executor, doubling: Program): Promise<string | null> => {
  try {
    const compiled = await executor.compile(doubling);
    const { y } = await compiled.run({ x: Float32Array.of(1, 2) });
    await compiled.dispose();
    return y?.join() === '2,4' ? null : `1 + 1 and 2 + 2 came out as ${y?.join(' and ')}.`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};

class OnnxExecutor implements Executor {
  readonly identity: ExecutorIdentity;
  readonly attendsInPlace: boolean;
  readonly #runtime: Runtime;
  readonly #state = new OnnxState();
  readonly #compiled = new Set<CompiledProgram>();

  constructor(runtime: Runtime, identity: ExecutorIdentity) {
    this.#runtime = runtime;
    this.identity = identity;
    this.attendsInPlace = identity.provider === 'cpu';
  }

  async allocate(name: string, shape: Shape, values?: Float32Array, owner: Owner = 'caller'): Promise<void> {
    if (values) checkSize(name, shape, values);
    const own = owner === 'executor' ? values : values?.slice();
    this.#state.set(name, this.#tensor(own ?? newValues(name, shape), shape));
  }

  async grow(name: string, length: number): Promise<void> {
    const tensor = this.#get(name);
    const shape = longerShape(name, tensor.dims, length);
    this.#state.set(name, this.#tensor(lengthened(tensor.data, tensor.dims, length), shape));
  }

  async free(name: string): Promise<void> {
    this.#state.delete(name);
  }

  has(name: string): boolean {
    return this.#state.has(name);
  }

  async read(name: string): Promise<Float32Array> {
    return this.#get(name).data.slice();
  }

  async compile(program: Program): Promise<CompiledProgram> {
    const shapes = stateShapes(program, (name) => this.#state.get(name)?.dims);
    const compiled = await this.#compile(program, shapes);
    this.#compiled.add(compiled);
    return {
      run: (inputs) => compiled.run(inputs),
      dispose: async () => {
        if (this.#compiled.delete(compiled)) await compiled.dispose();
      },
    };
  }

  async #compile(program: Program, shapes: Readonly<Record<string, Shape>>): Promise<CompiledProgram> {
    const place = { runtime: this.#runtime, provider: this.identity.provider, threads: this.identity.threads };
    const { elementwise } = program;
    if (elementwise) return OnnxPieces.open(place, { ...program, elementwise }, this.#state, shapes);
    return new OnnxProgram(await OnnxSession.open(place, program, shapes), this.#state, shapes);
  }

  handles(): number {
    return this.#state.size + this.#compiled.size;
  }

  async dispose(): Promise<void> {
    for (const compiled of this.#compiled) await compiled.dispose();
    this.#compiled.clear();
    this.#state.clear();
  }

  #tensor(values: Float32Array, shape: Shape): Ort.TypedTensor<'float32'> {
    return new this.#runtime.Tensor('float32', values, shape);
  }

  #get(name: string): Ort.TypedTensor<'float32'> {
    const tensor = this.#state.get(name);
    if (!tensor) throw new Error(`State ${name} is not allocated.`);
    return tensor;
  }
}

const newValues = (name: string, shape: Shape): Float32Array => {
  try {
    return new Float32Array(sizeOf(shape));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new ExecutorError('outOfMemory', said`There is no memory for ${name} [${shape.join(', ')}].`);
  }
};
