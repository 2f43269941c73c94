/** All executors, and the choice between them: loud about what was not taken and why. */
import type { RunConfig } from '../../config/schema.ts';
import type { Executor } from '../../engine/executor.ts';
import { ExecutorError } from '../../engine/executorError.ts';
import { processorName } from './cores.ts';
import { findAdapter, hasGpuFile, type AdapterSearch } from './findAdapter.ts';
import { createOnnxExecutor, loadOnnxRuntime } from './onnx.ts';
import { createReferenceExecutor } from './reference.ts';
import { createTensorflowExecutor, hasTensorflow, HOW_TO_INSTALL, loadTensorflow } from './tensorflow.ts';
import { phrase, said, saidBy, saidTogether, type Sentence, type Told } from '../../protocol/sentence.ts';

type Wish = Pick<RunConfig, 'device' | 'executor' | 'provider' | 'threads'>;

/** What the choice asks of the machine and of the person. */
export interface Surroundings {
  /** Hears, in one sentence, why a GPU that is there was not taken. */
  readonly warn?: (sentence: Told) => void;
  readonly search?: () => Promise<AdapterSearch>;
}

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

const CPU_REMEDY = 'Set device to "auto" or "cpu".';
const DRIVER_REMEDY =
  'Install the current driver of the GPU (on Linux its Vulkan driver and libvulkan1), see "Valley: Doctor", or set device to "auto" or "cpu".';

/** Throws ExecutorError `noDevice` where the wish cannot be met, `badConfig` where it contradicts itself. */
export const chooseExecutor = async (wish: Wish, surroundings: Surroundings = {}): Promise<Executor> => {
  refuseContradictions(wish);
  switch (wish.executor) {
    case 'reference':
      return createReferenceExecutor({
        reason: 'Asked for in the config (executor: reference): slow and simple, for comparison.',
      });
    case 'tensorflow':
      return createTensorflowExecutor({
        device: wish.device,
        threads: wish.threads,
        reason: 'Asked for in the config (executor: tensorflow).',
      });
    case 'onnx':
      return onnx(wish, surroundings);
    case 'auto':
      return (await tensorflowOnGpu(wish, surroundings)) ?? onnx(wish, surroundings);
    default:
      return wish.executor satisfies never;
  }
};

const refuseContradictions = ({ device, executor, provider }: Wish): void => {
  if (device === 'gpu' && executor === 'reference')
    throw new ExecutorError('noDevice', 'The reference executor computes on the CPU only.', CPU_REMEDY);
  if (provider === 'auto') return;
  if (executor === 'reference' || executor === 'tensorflow')
    throw new ExecutorError(
      'badConfig',
      said`The provider ${provider} belongs to the executor onnx, and executor is "${executor}".`,
      'Set provider to "auto", or executor to "onnx".',
    );
  if ((device === 'cpu') !== (provider === 'cpu') && device !== 'auto')
    throw new ExecutorError(
      'badConfig',
      said`The provider ${provider} does not compute on the device "${device}".`,
      'Set one of device and provider to "auto".',
    );
};

/** TensorFlow with CUDA is there only where someone has installed it for that; null where it is not wanted, not there, or of no use. */
const tensorflowOnGpu = async (
  { device, provider, threads }: Wish,
  { warn = () => undefined }: Surroundings,
): Promise<Executor | null> => {
  const isPossible = process.platform !== 'linux' || hasGpuFile();
  if (device === 'cpu' || provider !== 'auto' || !isPossible || !hasTensorflow()) return null;
  try {
    return await createTensorflowExecutor({
      device: 'gpu',
      threads,
      reason: 'The GPU, by way of tfjs-node-gpu, which is installed.',
    });
  } catch (error) {
    if (!(error instanceof ExecutorError)) throw error;
    warn(said`The GPU engine is installed, but was not taken: ${saidBy(error)}`);
    return null;
  }
};

const onnx = async (wish: Wish, surroundings: Surroundings): Promise<Executor> => {
  const { device, provider, threads } = wish;
  switch (provider) {
    case 'cpu':
      return createOnnxExecutor({ threads, reason: 'The CPU, as the config asks (provider: cpu).' });
    case 'webgpu':
      return demanded('provider: webgpu', wish, surroundings);
    case 'cuda':
    case 'dml':
    case 'coreml':
      return createOnnxExecutor({
        threads,
        provider,
        reason: said`As the config asks (provider: ${provider}). State is copied to the device and back in each step.`,
      });
    case 'auto':
      if (device === 'cpu')
        return createOnnxExecutor({ threads, reason: 'The CPU, as the config asks (device: cpu).' });
      return device === 'gpu' ? demanded('device: gpu', wish, surroundings) : automatic(wish, surroundings);
    default:
      return provider satisfies never;
  }
};

/** Any adapter, even one of software, because the config leaves no choice. */
const demanded = async (
  words: string,
  { threads }: Wish,
  { search = findAdapter }: Surroundings,
): Promise<Executor> => {
  const found = await search();
  if (found.kind !== 'found')
    throw new ExecutorError(
      'noDevice',
      said`No GPU can be used through WebGPU: ${phrase(found.why)}.`,
      saidTogether([DRIVER_REMEDY, HOW_TO_INSTALL]),
    );
  const { name, isSoftware } = found.adapter;
  const but = isSoftware ? said`${name} is a program that poses as a GPU: slower than the CPU itself.` : '';
  return createOnnxExecutor({
    threads,
    provider: 'webgpu',
    adapter: name,
    reason: saidTogether([said`WebGPU, as the config asks (${words}).`, but]),
  });
};

/** A GPU of hardware where one computes rightly, else the CPU. */
const automatic = async (
  { threads }: Wish,
  { search = findAdapter, warn = () => undefined }: Surroundings,
): Promise<Executor> => {
  const found = await search();
  const refusal = refusalOf(found);
  const taken =
    found.kind === 'found' && refusal === null ? await takenGpu(found.adapter.name, threads) : (refusal ?? phrase(''));
  if ('identity' in taken) return taken;
  if (found.kind !== 'absent' || found.hasHardware) warn(said`Computing on the CPU: ${taken}.`);
  return createOnnxExecutor({ threads, reason: said`The CPU, because no GPU can be used: ${taken}.` });
};

/** The executor, or why it could not be made though its adapter computed a moment ago. */
const takenGpu = async (adapter: string, threads: number): Promise<Executor | Sentence> => {
  try {
    const reason = 'The GPU that WebGPU found, and computed rightly in a trial (device: auto).';
    return await createOnnxExecutor({ threads, provider: 'webgpu', adapter, reason });
  } catch (error) {
    if (error instanceof ExecutorError) return phrase(error.message.replace(/\.$/, ''));
    throw error;
  }
};

/** Why a GPU is not taken by itself; null if it is. */
const refusalOf = (found: AdapterSearch): Sentence | null => {
  if (found.kind !== 'found') return phrase(found.why);
  const { name, isSoftware } = found.adapter;
  return isSoftware
    ? said`${name} is a program that poses as a GPU and is slower than the CPU itself (device "gpu" takes it nevertheless)`
    : null;
};

/** What is there and what is not, for the doctor. Loads the libraries it tells about. */
export const listExecutors = async (): Promise<readonly ExecutorFact[]> => [
  await onnxFact(),
  await webgpuFact(),
  tensorflowFact(),
  { executor: 'reference', provider: 'cpu', available: true, detail: processorName(), remedy: null },
];

const onnxFact = async (): Promise<ExecutorFact> => {
  const fact = { executor: 'onnx', provider: 'cpu' } as const;
  try {
    await loadOnnxRuntime();
    return { ...fact, available: true, detail: processorName(), remedy: null };
  } catch (error) {
    return { ...fact, available: false, ...whatWas(error) };
  }
};

const webgpuFact = async (): Promise<ExecutorFact> => {
  const fact = { executor: 'onnx', provider: 'webgpu' } as const;
  const found = await findAdapter();
  if (found.kind === 'found') return { ...fact, available: true, detail: found.adapter.name, remedy: null };
  return { ...fact, available: false, detail: found.why, remedy: DRIVER_REMEDY };
};

const tensorflowFact = (): ExecutorFact => {
  try {
    const { packageName, version, isOnGpu } = loadTensorflow('auto');
    const provider = isOnGpu ? 'cuda' : 'cpu';
    return { executor: 'tensorflow', provider, available: true, detail: `${packageName} ${version}`, remedy: null };
  } catch (error) {
    return { executor: 'tensorflow', provider: 'cuda', available: false, ...whatWas(error) };
  }
};

const whatWas = (error: unknown): { readonly detail: string; readonly remedy: string | null } => {
  if (!(error instanceof ExecutorError)) throw error;
  return { detail: error.message, remedy: error.remedy ?? null };
};
