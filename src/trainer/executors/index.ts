/** All executors, and the choice between them: loud about what was not taken and why. */
import type { RunConfig } from '../../config/schema.ts';
import type { Executor } from '../../engine/executor.ts';
import { ExecutorError } from '../../engine/executorError.ts';
import { processorName } from './cores.ts';
import { createOnnxExecutor, loadOnnxRuntime } from './onnx.ts';
import { createReferenceExecutor } from './reference.ts';
import { createTensorflowExecutor, HOW_TO_INSTALL, loadTensorflow } from './tensorflow.ts';

type Wish = Pick<RunConfig, 'device' | 'executor' | 'threads'>;

/** What the doctor tells about one executor and provider. */
export interface ExecutorFact {
  readonly executor: 'onnx' | 'tensorflow' | 'reference';
  readonly provider: string;
  readonly available: boolean;
  /** The adapter, or why it is not available. */
  readonly detail: string;
  /** What to do to get it; null if it is there. */
  readonly remedy: string | null;
}

const NO_GPU_PROVIDER =
  "This version's onnx executor computes on the CPU only; its WebGPU provider is not built in yet.";
const CPU_REMEDY = 'Set device to "auto" or "cpu".';

/** Throws ExecutorError `noDevice` where the wish cannot be met; its reason says why not a faster one. */
export const chooseExecutor = async ({ device, executor, threads }: Wish): Promise<Executor> => {
  switch (executor) {
    case 'reference':
      return reference(device);
    case 'tensorflow':
      return createTensorflowExecutor({ device, reason: 'Asked for in the config (executor: tensorflow).' });
    case 'onnx':
      if (device === 'gpu') throw new ExecutorError('noDevice', NO_GPU_PROVIDER, CPU_REMEDY);
      return createOnnxExecutor({ threads, reason: onnxReason(device) });
    case 'auto':
      return device === 'cpu'
        ? createOnnxExecutor({ threads, reason: onnxReason(device) })
        : automatic(device, threads);
    default:
      return executor satisfies never;
  }
};

const reference = (device: Wish['device']): Promise<Executor> => {
  if (device === 'gpu')
    throw new ExecutorError('noDevice', 'The reference executor computes on the CPU only.', CPU_REMEDY);
  return createReferenceExecutor({
    reason: 'Asked for in the config (executor: reference): slow and simple, for comparison.',
  });
};

/** A GPU by way of TensorFlow where that is installed, else the CPU unless a GPU was demanded. */
const automatic = async (device: 'auto' | 'gpu', threads: number): Promise<Executor> => {
  try {
    return await createTensorflowExecutor({
      device: 'gpu',
      reason: `The GPU, by way of tfjs-node-gpu, which is installed. ${NO_GPU_PROVIDER}`,
    });
  } catch (error) {
    if (!(error instanceof ExecutorError)) throw error;
    if (device === 'gpu')
      throw new ExecutorError('noDevice', `${NO_GPU_PROVIDER} ${error.message}`, `${CPU_REMEDY} ${HOW_TO_INSTALL}`);
    return createOnnxExecutor({ threads, reason: onnxReason(device) });
  }
};

const onnxReason = (device: 'auto' | 'cpu'): string =>
  device === 'cpu'
    ? 'The CPU, as the config asks (device: cpu).'
    : `The CPU, because no GPU can be used: ${NO_GPU_PROVIDER} TensorFlow with CUDA (tfjs-node-gpu) is not installed or found no GPU.`;

/** What is there and what is not, for the doctor. Loads the libraries it tells about. */
export const listExecutors = async (): Promise<readonly ExecutorFact[]> => [
  await onnxFact(),
  { executor: 'onnx', provider: 'webgpu', available: false, detail: NO_GPU_PROVIDER, remedy: null },
  tensorflowFact(),
  { executor: 'reference', provider: 'cpu', available: true, detail: processorName(), remedy: null },
];

const onnxFact = async (): Promise<ExecutorFact> => {
  const fact = { executor: 'onnx', provider: 'cpu' } as const;
  try {
    await loadOnnxRuntime();
    return { ...fact, available: true, detail: processorName(), remedy: null };
  } catch (error) {
    return { ...fact, available: false, ...said(error) };
  }
};

const tensorflowFact = (): ExecutorFact => {
  try {
    const { packageName, version, isOnGpu } = loadTensorflow('auto');
    const provider = isOnGpu ? 'cuda' : 'cpu';
    return { executor: 'tensorflow', provider, available: true, detail: `${packageName} ${version}`, remedy: null };
  } catch (error) {
    return { executor: 'tensorflow', provider: 'cuda', available: false, ...said(error) };
  }
};

const said = (error: unknown): { readonly detail: string; readonly remedy: string | null } => {
  if (!(error instanceof ExecutorError)) throw error;
  return { detail: error.message, remedy: error.remedy ?? null };
};
