/** What the last trial of this machine's GPU found: noted by the trainer, read where configs are checked without trying it again. */

/** Name of the file in the user's state folder. */
export const GPU_FACTS_FILE = 'gpu.json';

export interface GpuFacts {
  readonly v: 1;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly name: string;
  /** A program that poses as a GPU. */
  readonly isSoftware: boolean;
  readonly hasFloat16: boolean;
  /** What it shows to one kernel: buffers (`bindings`) of so many bytes; null where it did not tell. */
  readonly limits: { readonly bindingBytes: number; readonly bindings: number } | null;
}
