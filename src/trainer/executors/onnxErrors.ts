/** What ONNX Runtime says when it fails, told apart by what a run can do about it. */
import type { DeviceLimits, Program } from '../../engine/executor.ts';
import { ExecutorError } from '../../engine/executorError.ts';
import { said } from '../../protocol/sentence.ts';
import type { TooLarge } from '../../engine/graph/deviceLimits.ts';

/** On WebGPU a buffer that cannot be made is an error where it is used; one that no shader can reach, or count, has words of its own. */
const NO_MEMORY =
  /bad_alloc|failed to allocate|not enough memory|out.?of.?(?:device.?|host.?)?memory|invalid buffer|narrowing_error|too many storage buffers/i;
/** Dawn's words for a lost device, and ONNX Runtime's for results that did not arrive. */
const NO_DEVICE = /\bis lost\b|device.?lost|lost device|failed to download data/i;

/** An ExecutorError `outOfMemory` or `deviceLost`, or a bug in words that name the program. */
export const explained = (error: unknown, program: Pick<Program, 'name'>): Error => {
  const words = String(error);
  if (NO_MEMORY.test(words))
    return new ExecutorError(
      'outOfMemory',
      said`Program ${program.name} ran out of memory: ${words}`,
      'Lower training.batchSize and raise training.gradientAccumulationSteps by as much.',
    );
  if (NO_DEVICE.test(words))
    return new ExecutorError(
      'deviceLost',
      said`The device was lost while program ${program.name} ran: ${words}`,
      'Continue the run from its last checkpoint; if it happens again, update the graphics driver or set device to "cpu".',
    );
  return new Error(`Program ${program.name} failed in ONNX Runtime: ${words}`, { cause: error });
};

/** ExecutorError `outOfMemory` for a tensor that no kernel of the device could see whole. */
export const beyondLimits = (
  { name }: Pick<Program, 'name'>,
  { value, bytes, op, pieces }: TooLarge,
  { bindingBytes, bindings }: DeviceLimits,
): ExecutorError =>
  new ExecutorError(
    'outOfMemory',
    said`Program ${name} needs ${value.name} [${value.shape.join(', ')}] of ${megabytes(bytes)} MB in ${op}: ${pieces} pieces of ${megabytes(bindingBytes)} MB with what is computed from it, and this device shows ${bindings} to a kernel.`,
    'Lower training.microBatchSize; for a weight, choose a smaller model or vocabulary, or another device.',
  );

const megabytes = (bytes: number): number => Math.ceil(bytes / 1e6);
