/** What the machine has, as findings about configs need it. */
import { totalmem } from 'node:os';
import type { GpuFacts } from '../protocol/gpuFacts.ts';
import { readGpuFacts } from './gpuFacts.ts';

/** Bytes of memory that programs may take here: the container's limit where there is a lower one. */
export const machineMemory = (): number => Math.min(totalmem(), process.constrainedMemory() || Infinity);

/** Memory, and the GPU that the last trial found. */
export const thisMachine = (): { readonly memoryBytes: number; readonly gpu: GpuFacts | null } => ({
  memoryBytes: machineMemory(),
  gpu: readGpuFacts(),
});
