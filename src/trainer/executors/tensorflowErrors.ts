/** What TensorFlow says when it fails, told apart by what a run can do about it. */
import type { Program } from '../../engine/executor.ts';
import { ExecutorError } from '../../engine/executorError.ts';

/** TF_RESOURCE_EXHAUSTED is 8; the words are those of its allocators. */
const NO_MEMORY = /OOM when allocating|TF_Status: 8\b|CUDA_ERROR_OUT_OF_MEMORY|failed to allocate memory/i;
const NO_DEVICE = /CUDA_ERROR_(?!OUT_OF_MEMORY)\w+|device.?lost|GPU sync failed|failed to synchronize/i;

/** An ExecutorError `outOfMemory` or `deviceLost`; null for what is not TensorFlow's. */
export const explainedTensorflow = (error: unknown, { name }: Pick<Program, 'name'>): ExecutorError | null => {
  const words = error instanceof Error ? error.message : String(error);
  if (NO_MEMORY.test(words))
    return new ExecutorError(
      'outOfMemory',
      `Program ${name} ran out of memory: ${words}`,
      'Lower training.batchSize and raise training.gradientAccumulationSteps by as much.',
    );
  if (NO_DEVICE.test(words))
    return new ExecutorError(
      'deviceLost',
      `The device was lost while program ${name} ran: ${words}`,
      'Continue the run from its last checkpoint; if it happens again, update the driver or set executor to "onnx".',
    );
  return null;
};
