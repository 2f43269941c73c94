/** What the machine has, as findings about configs need it. */
import { totalmem } from 'node:os';

/** Bytes of memory that programs may take here: the container's limit where there is a lower one. */
export const machineMemory = (): number => Math.min(totalmem(), process.constrainedMemory() || Infinity);
