/** The executor `tensorflow`: tfjs-node-gpu (or tfjs-node) where a user has installed it, op by op. */
import { createRequire } from 'node:module';
import util from 'node:util';
import type { Executor } from '../../engine/executor.ts';
import { ExecutorError } from '../../engine/executorError.ts';
import * as tf from '../../engine/tf.ts';
import { findEngine } from '../../install/gpuEngine.ts';
import { physicalCores, processorName } from './cores.ts';
import { EagerExecutor } from './eager.ts';
import { explainedTensorflow } from './tensorflowErrors.ts';
import { reasonOf } from '../../protocol/logged.ts';
import { said, type Told } from '../../protocol/sentence.ts';

const BACKEND = 'tensorflow';
const PACKAGES = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'] as const;

export interface TensorflowOptions {
  readonly device?: 'auto' | 'cpu' | 'gpu';
  /** 0: one per physical core. The first executor of a process decides. */
  readonly threads?: number;
  readonly reason?: Told;
}

export const HOW_TO_INSTALL =
  'Run "Valley: Install GPU Engine…" in the editor or `valley install-gpu-engine` in a terminal; it installs @tensorflow/tfjs-node-gpu 4.22.0. Where its storage host cannot be reached, or for a newer CUDA, docs/gpu-engine.md tells how to use a libtensorflow of your own.';

/** The library that was found, loaded and registered with tfjs. */
interface Loaded {
  readonly packageName: string;
  /** Of the package, and of libtensorflow behind it. */
  readonly version: string;
  readonly isOnGpu: boolean;
}

/** Throws ExecutorError `noDevice` where the library is absent, broken, or has no GPU though one was asked for. */
export const createTensorflowExecutor = async (options: TensorflowOptions = {}): Promise<Executor> => {
  const { device = 'auto', reason = 'Asked for: TensorFlow through tfjs-node.' } = options;
  const threads = options.threads || physicalCores();
  const { packageName, version, isOnGpu } = loadTensorflow(device, threads);
  if (device === 'gpu' && !isOnGpu)
    throw new ExecutorError('noDevice', said`${packageName} was loaded but found no GPU it can use.`, HOW_TO_INSTALL);
  const identity = {
    executor: 'tensorflow',
    version: `${packageName} ${version}`,
    provider: isOnGpu ? 'cuda' : 'cpu',
    adapter: isOnGpu ? 'CUDA device 0' : processorName(),
    precision: 'f32',
    threads,
    ...reasonOf(reason),
  } as const;
  return new EagerExecutor(BACKEND, identity, explainedTensorflow);
};

/** Whether a package is where the trainer looks; it is not loaded. */
export const hasTensorflow = (): boolean =>
  PACKAGES.some((name) => findEngine(name, process.env, import.meta.url) !== null);

/** Loads the first package that works. Throws ExecutorError `noDevice` that tells what went wrong with each. */
export const loadTensorflow = (device: 'auto' | 'cpu' | 'gpu', threads = physicalCores()): Loaded => {
  restoreRemovedHelpers();
  prepareLibrary(device, threads);
  const packages = device === 'cpu' ? PACKAGES.toReversed() : PACKAGES;
  const failures: string[] = [];
  for (const packageName of packages) {
    try {
      return load(packageName);
    } catch (error) {
      failures.push(`${packageName}: ${wordsOf(error)}`);
    }
  }
  throw new ExecutorError('noDevice', said`TensorFlow could not be loaded. ${failures.join(' ')}`, HOW_TO_INSTALL);
};

const load = (packageName: string): Loaded => {
  const main = findEngine(packageName, process.env, import.meta.url);
  if (main === null) throw new Error('not installed');
  const library = required(main);
  const backend = tf.findBackend(BACKEND) as {
    readonly isUsingGpuDevice?: boolean;
    readonly binding?: { readonly TF_Version?: string };
  } | null;
  if (!backend) throw new Error('the package was loaded but registered no backend');
  const version = library.version?.['tfjs-node'] ?? 'of unknown version';
  return {
    packageName,
    version: `${version} (libtensorflow ${backend.binding?.TF_Version ?? 'of unknown version'})`,
    isOnGpu: backend.isUsingGpuDevice === true,
  };
};

/** Loads a package that brings the whole of tfjs once more; what that says of things registered twice is not for people. */
const required = (main: string): { readonly version?: { readonly 'tfjs-node'?: string } } => {
  const before = { backend: tf.getBackend(), isProduction: tf.env().getBool('PROD') };
  tf.env().set('PROD', true);
  try {
    return createRequire(import.meta.url)(main) as ReturnType<typeof required>;
  } finally {
    tf.env().set('PROD', before.isProduction);
    if (tf.findBackend(before.backend ?? '')) void tf.setBackend(before.backend);
  }
};

/**
 * What libtensorflow reads when it is loaded, unless the person has set it: threads, silence about its build, memory of the GPU
 * as it is needed, and products in full f32 in place of TF32.
 */
const prepareLibrary = (device: 'auto' | 'cpu' | 'gpu', threads: number): void => {
  const { env } = process;
  env['TF_NUM_INTRAOP_THREADS'] ??= String(threads);
  env['TF_NUM_INTEROP_THREADS'] ??= '1';
  env['TF_CPP_MIN_LOG_LEVEL'] ??= '1';
  env['TF_FORCE_GPU_ALLOW_GROWTH'] ??= 'true';
  env['NVIDIA_TF32_OVERRIDE'] ??= '0';
  if (device === 'cpu') env['CUDA_VISIBLE_DEVICES'] = '-1';
};

/** tfjs-node 4.22 calls helpers of node:util that Node 23 removed, or warns of. */
const restoreRemovedHelpers = (): void => {
  const helpers = util as unknown as Record<string, unknown>;
  helpers['isNullOrUndefined'] ??= (value: unknown) => value === null || value === undefined;
  helpers['isArray'] = Array.isArray;
};

/** One sentence on why a package could not be loaded. */
const wordsOf = (error: unknown): string => {
  const [words = ''] = String(error instanceof Error ? error.message : error).split('\n', 1);
  return `${words.replace(/[.\s]*$/, '')}.`;
};
