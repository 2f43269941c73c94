/** Lengths that batches are padded to: few, so that few programs need compiling. */

/** Next multiple of 8 up to 64, of 16 up to 256, of 64 beyond. */
export function bucketOf(length: number): number {
  const width = length <= 64 ? 8 : length <= 256 ? 16 : 64;
  return Math.ceil(length / width) * width;
}
