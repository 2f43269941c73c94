/** All executors, and the choice between them: loud about what was not taken and why. */
import type { ModelRunConfig, TrainingConfig } from '../../config/schema.ts';
import type { Executor } from '../../engine/executor.ts';
import { ExecutorError } from '../../engine/executorError.ts';
import { processorName } from './cores.ts';
import type { Adapter } from './adapterFacts.ts';
import { findAdapter, hasGpuFile, type AdapterSearch } from './findAdapter.ts';
import { createOnnxExecutor, loadOnnxRuntime, type OnnxOptions } from './onnx.ts';
import { NO_FLOAT16, precisionElsewhere, precisionOnWebgpu, type Precision } from './precision.ts';
import { createReferenceExecutor } from './reference.ts';
import { createTensorflowExecutor, hasTensorflow, HOW_TO_INSTALL, loadTensorflow } from './tensorflow.ts';
import { english, phrase, said, saidBy, saidTogether, type Sentence, type Told } from '../../protocol/sentence.ts';

type Wish = Pick<ModelRunConfig, 'device' | 'executor' | 'provider' | 'threads'> & {
  /** Of recipes that train. */
  readonly training?: Pick<TrainingConfig, 'precision'>;
};

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
  const eager = (reason: string): Told =>
    withPrecision(reason, heard(precisionElsewhere(wanted(wish), NO_FLOAT16.eager), surroundings));
  switch (wish.executor) {
    case 'reference':
      return createReferenceExecutor({
        reason: eager('Asked for in the config (executor: reference): slow and simple, for comparison.'),
      });
    case 'tensorflow':
      return createTensorflowExecutor({
        device: wish.device,
        threads: wish.threads,
        reason: eager('Asked for in the config (executor: tensorflow).'),
      });
    case 'onnx':
      return onnx(wish, surroundings);
    case 'auto':
      return (await tensorflowOnGpu(wish, surroundings)) ?? onnx(wish, surroundings);
    default:
      return wish.executor satisfies never;
  }
};

const wanted = ({ training }: Wish): TrainingConfig['precision'] => training?.precision ?? 'float32';

/** What is not as wished is said aloud. */
const heard = (precision: Precision, { warn }: Surroundings): Precision => {
  if (precision.warning !== undefined) warn?.(precision.warning);
  return precision;
};

const withPrecision = (reason: Told, precision: Precision): Told => saidTogether([reason, precision.reason]);

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
const tensorflowOnGpu = async (wish: Wish, surroundings: Surroundings): Promise<Executor | null> => {
  const { device, provider, threads } = wish;
  const isPossible = process.platform !== 'linux' || hasGpuFile();
  if (device === 'cpu' || provider !== 'auto' || !isPossible || !hasTensorflow()) return null;
  const precision = precisionElsewhere(wanted(wish), NO_FLOAT16.eager);
  try {
    const executor = await createTensorflowExecutor({
      device: 'gpu',
      threads,
      reason: withPrecision('The GPU, by way of tfjs-node-gpu, which is installed.', precision),
    });
    heard(precision, surroundings);
    return executor;
  } catch (error) {
    if (!(error instanceof ExecutorError)) throw error;
    surroundings.warn?.(said`The GPU engine is installed, but was not taken: ${saidBy(error)}`);
    return null;
  }
};

const onnx = async (wish: Wish, surroundings: Surroundings): Promise<Executor> => {
  const { device, provider, threads } = wish;
  switch (provider) {
    case 'cpu':
      return onCpu(wish, surroundings, 'The CPU, as the config asks (provider: cpu).');
    case 'webgpu':
      return demanded('provider: webgpu', wish, surroundings);
    case 'cuda':
    case 'dml':
    case 'coreml': {
      const reason = said`As the config asks (provider: ${provider}). State is copied to the device and back in each step.`;
      const precision = heard(precisionElsewhere(wanted(wish), NO_FLOAT16.provider), surroundings);
      return createOnnxExecutor({ threads, provider, reason: withPrecision(reason, precision) });
    }
    case 'auto':
      if (device === 'cpu') return onCpu(wish, surroundings, 'The CPU, as the config asks (device: cpu).');
      return device === 'gpu' ? demanded('device: gpu', wish, surroundings) : automatic(wish, surroundings);
    default:
      return provider satisfies never;
  }
};

const onCpu = (wish: Wish, surroundings: Surroundings, reason: Told): Promise<Executor> => {
  const precision = heard(precisionElsewhere(wanted(wish), NO_FLOAT16.cpu), surroundings);
  return createOnnxExecutor({ threads: wish.threads, reason: withPrecision(reason, precision) });
};

/** What the executor is made with on an adapter, and the precision that comes with it. */
const onAdapter = (adapter: Adapter, wish: Wish, reason: Told) => {
  const precision = precisionOnWebgpu(wanted(wish), adapter);
  const { name, limits } = adapter;
  const options: OnnxOptions = {
    threads: wish.threads,
    provider: 'webgpu',
    adapter: name,
    precision: precision.precision,
    ...(limits && { limits }),
    reason: withPrecision(reason, precision),
  };
  return { options, precision };
};

/** Any adapter, even one of software, because the config leaves no choice. */
const demanded = async (words: string, wish: Wish, surroundings: Surroundings): Promise<Executor> => {
  const found = await (surroundings.search ?? findAdapter)();
  if (found.kind !== 'found')
    throw new ExecutorError(
      'noDevice',
      said`No GPU can be used through WebGPU: ${found.why}.`,
      saidTogether([DRIVER_REMEDY, HOW_TO_INSTALL]),
    );
  const { name, isSoftware } = found.adapter;
  const but = isSoftware ? said`${name} is a program that poses as a GPU: slower than the CPU itself.` : '';
  const reason = saidTogether([said`WebGPU, as the config asks (${words}).`, but]);
  const { options, precision } = onAdapter(found.adapter, wish, reason);
  heard(precision, surroundings);
  return createOnnxExecutor(options);
};

/** A GPU of hardware where one computes rightly, else the CPU. */
const automatic = async (wish: Wish, surroundings: Surroundings): Promise<Executor> => {
  const { search = findAdapter, warn = () => undefined } = surroundings;
  const found = await search();
  const refusal = refusalOf(found);
  const taken =
    found.kind === 'found' && refusal === null
      ? await takenGpu(found.adapter, wish, surroundings)
      : (refusal ?? phrase(''));
  if ('identity' in taken) return taken;
  if (found.kind !== 'absent' || found.hasHardware) warn(said`Computing on the CPU: ${taken}.`);
  return onCpu(wish, surroundings, said`The CPU, because no GPU can be used: ${taken}.`);
};

/** The executor, or why it could not be made though its adapter computed a moment ago. */
const takenGpu = async (adapter: Adapter, wish: Wish, surroundings: Surroundings): Promise<Executor | Sentence> => {
  const reason = 'The GPU that WebGPU found, and computed rightly in a trial (device: auto).';
  const { options, precision } = onAdapter(adapter, wish, reason);
  try {
    const executor = await createOnnxExecutor(options);
    heard(precision, surroundings);
    return executor;
  } catch (error) {
    if (error instanceof ExecutorError) return phrase(error.message.replace(/\.$/, ''));
    throw error;
  }
};

/** Why a GPU is not taken by itself; null if it is. */
const refusalOf = (found: AdapterSearch): Sentence | null => {
  if (found.kind !== 'found') return found.why;
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
  return { ...fact, available: false, detail: english(found.why), remedy: DRIVER_REMEDY };
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
