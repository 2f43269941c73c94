/** Pre-flight: the device that a config asks for, and where a trial has told it, what that device can do. */
import type { GpuFacts } from '../protocol/gpuFacts.ts';
import type { Say } from './checkTelling.ts';
import type { Finding } from './finding.ts';
import { largestTensors, microBatchOf, type LargeTensor } from './memory.ts';
import type { ModelRunConfig, SftConfig, TrainingRunConfig } from './schema.ts';

/** What contradicts itself. */
export function checkDevice(
  { device, executor, provider }: Pick<ModelRunConfig, 'device' | 'executor' | 'provider'>,
  { error }: Say,
): Finding[] {
  if (device === 'gpu' && executor === 'reference')
    return [
      error(
        ['executor'],
        'the reference executor computes on the CPU, but `device` is "gpu"',
        'Set `executor` to "auto", or `device` to "cpu".',
        [],
      ),
    ];
  if (provider === 'auto') return [];
  if (executor === 'reference' || executor === 'tensorflow')
    return [
      error(
        ['provider'],
        'the provider {0} belongs to the executor onnx, but `executor` is "{1}"',
        'Set `provider` to "auto", or `executor` to "onnx".',
        [provider, executor],
      ),
    ];
  if (device === 'auto' || (device === 'cpu') === (provider === 'cpu')) return [];
  return [
    error(
      ['provider'],
      'the provider {0} does not compute on the device "{1}"',
      'Set `provider` or `device` to "auto".',
      [provider, device],
    ),
  ];
}

/** What the GPU of the last trial cannot do. Warnings only: it may have been changed since. */
export function checkGpu(config: ModelRunConfig, say: Say, gpu: GpuFacts | null): Finding[] {
  if (gpu === null || !isOnGpu(config, gpu)) return [];
  const software = gpu.isSoftware ? [softwareFinding(config, gpu, say)] : [];
  return config.recipe === 'sft'
    ? [...software, ...checkFloat16(config, gpu, say), ...checkLimits(config, gpu, say)]
    : software;
}

/** By way of WebGPU, which alone was tried. */
const isOnGpu = ({ device, executor, provider }: ModelRunConfig, { isSoftware }: GpuFacts): boolean => {
  if (executor !== 'auto' && executor !== 'onnx') return false;
  if (provider !== 'auto') return provider === 'webgpu';
  return device === 'gpu' || (device === 'auto' && !isSoftware);
};

const softwareFinding = ({ provider }: ModelRunConfig, { name }: GpuFacts, { warning }: Say): Finding =>
  warning(
    provider === 'webgpu' ? ['provider'] : ['device'],
    'the GPU here is {0}, a program that poses as one: slower than the CPU itself',
    'Set `device` and `provider` to "auto", or install the driver of the GPU.',
    [name],
  );

/** 16 bits are computed by way of WebGPU only; elsewhere the run falls back aloud. */
export function checkPrecision(
  { training, device, executor, provider }: TrainingRunConfig,
  { warning }: Say,
): Finding[] {
  if (training.precision !== 'float16') return [];
  const isElsewhere = executor === 'reference' || executor === 'tensorflow' || device === 'cpu';
  const isOther = provider !== 'auto' && provider !== 'webgpu';
  if (!isElsewhere && !isOther) return [];
  return [
    warning(
      ['training', 'precision'],
      '16 bits are computed on a GPU through WebGPU only: this run computes in 32',
      'Set `device` to "gpu" and `executor` and `provider` to "auto", or remove `precision`.',
      [],
    ),
  ];
}

function checkFloat16({ training }: TrainingRunConfig, { name, hasFloat16 }: GpuFacts, { warning }: Say): Finding[] {
  if (training.precision !== 'float16' || hasFloat16) return [];
  return [
    warning(
      ['training', 'precision'],
      'the GPU here, {0}, does not compute in 16 bits: this run computes in 32',
      'Remove `precision`.',
      [name],
    ),
  ];
}

/** Tensors that are too large for one kernel: a weight ends the run, results make its passes smaller. */
function checkLimits(config: SftConfig, { name, limits }: GpuFacts, { warning }: Say): Finding[] {
  if (limits === null) return [];
  const isTooLarge = ({ bytes, inKernel }: LargeTensor): boolean =>
    bytes > limits.bindingBytes && inKernel * Math.ceil(bytes / limits.bindingBytes) > limits.bindings;
  const found = largestTensors(config).find(isTooLarge);
  if (!found) return [];
  const values = [name, megabytes(found.bytes), limits.bindings, megabytes(limits.bindingBytes)];
  if (found.kind === 'weight')
    return [
      warning(
        ['model'],
        'a weight of {1} MB is too large for {0}, which shows {2} buffers of {3} MB to one calculation: the run ends before its first step',
        'Choose a smaller model, or set `device` to "cpu".',
        values,
      ),
    ];
  return [
    warning(
      ['training', config.training.microBatchSize === undefined ? 'batchSize' : 'microBatchSize'],
      'results of {1} MB are too large for {0}, which shows {2} buffers of {3} MB to one calculation: passes become smaller until they fit',
      'Set `training.microBatchSize` below {4} to start that way: the result stays the same.',
      [...values, microBatchOf(config)],
    ),
  ];
}

const megabytes = (bytes: number): number => Math.ceil(bytes / 1e6);
