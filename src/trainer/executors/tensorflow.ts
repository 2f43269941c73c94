/** The executor `tensorflow`: tfjs-node-gpu (or tfjs-node) where a user has installed it, op by op. */
import { createRequire } from 'node:module';
import util from 'node:util';
import type { Executor } from '../../engine/executor.ts';
import { ExecutorError } from '../../engine/executorError.ts';
import * as tf from '../../engine/tf.ts';
import { physicalCores, processorName } from './cores.ts';
import { EagerExecutor } from './eager.ts';
import { said } from '../../protocol/sentence.ts';

const BACKEND = 'tensorflow';

export interface TensorflowOptions {
  readonly device?: 'auto' | 'cpu' | 'gpu';
  readonly reason?: string;
}

export const HOW_TO_INSTALL =
  'Run "npm install @tensorflow/tfjs-node-gpu@4.22.0" (CUDA 11.2 and cuDNN 8.1) or "npm install @tensorflow/tfjs-node@4.22.0" beside the trainer; ' +
  'where its storage host cannot be reached, set TFJS_NODE_BASE_URI to a place that holds libtensorflow.';

/** The library that was found, loaded and registered with tfjs. */
interface Loaded {
  readonly packageName: string;
  readonly version: string;
  readonly isOnGpu: boolean;
}

/** Throws ExecutorError `noDevice` where the library is absent, broken, or has no GPU though one was asked for. */
export const createTensorflowExecutor = async (options: TensorflowOptions = {}): Promise<Executor> => {
  const { device = 'auto', reason = 'Asked for: TensorFlow through tfjs-node.' } = options;
  const { packageName, version, isOnGpu } = loadTensorflow(device);
  if (device === 'gpu' && !isOnGpu)
    throw new ExecutorError('noDevice', said`${packageName} was loaded but found no GPU it can use.`, HOW_TO_INSTALL);
  return new EagerExecutor(BACKEND, {
    executor: 'tensorflow',
    version: `${packageName} ${version}`,
    provider: isOnGpu ? 'cuda' : 'cpu',
    adapter: isOnGpu ? 'CUDA device 0' : processorName(),
    precision: 'f32',
    threads: physicalCores(),
    reason,
  });
};

/** Loads the first package that works. Throws ExecutorError `noDevice` that tells what went wrong with each. */
export const loadTensorflow = (device: 'auto' | 'cpu' | 'gpu'): Loaded => {
  restoreRemovedHelpers();
  const packages =
    device === 'cpu' ? ['@tensorflow/tfjs-node'] : ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'];
  const failures: string[] = [];
  for (const packageName of packages) {
    try {
      return load(packageName);
    } catch (error) {
      failures.push(`${packageName}: ${reasonOf(error)}`);
    }
  }
  throw new ExecutorError('noDevice', said`TensorFlow could not be loaded. ${failures.join(' ')}`, HOW_TO_INSTALL);
};

const load = (packageName: string): Loaded => {
  const require = createRequire(import.meta.url);
  const library = require(packageName) as { readonly version?: { readonly 'tfjs-node'?: string } };
  const backend = tf.findBackend(BACKEND) as { readonly isUsingGpuDevice?: boolean } | null;
  if (!backend) throw new Error('the package was loaded but registered no backend.');
  return {
    packageName,
    version: library.version?.['tfjs-node'] ?? 'of unknown version',
    isOnGpu: backend.isUsingGpuDevice === true,
  };
};

/** tfjs-node 4.22 calls helpers of node:util that Node 23 removed. */
const restoreRemovedHelpers = (): void => {
  const helpers = util as unknown as Record<string, unknown>;
  helpers['isNullOrUndefined'] ??= (value: unknown) => value === null || value === undefined;
  helpers['isArray'] ??= Array.isArray;
};

/** One sentence on why a package could not be loaded. */
const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return `${String(error)}.`;
  if ('code' in error && error.code === 'MODULE_NOT_FOUND') return 'not installed.';
  return `${error.message.split('\n', 1)[0] ?? ''}.`;
};
