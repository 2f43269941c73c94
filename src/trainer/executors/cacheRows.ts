/** Copies rows into a cache [slots, heads, T, d] that lives in JavaScript's memory. */
import type { Shape } from '../../engine/executor.ts';
import { sizeOf } from '../../engine/graph/graph.ts';

/** rows [slots, heads, 1, d] go to time `times[slot]` of their slot; a negative time writes nothing. */
export const appendRows = (cache: Float32Array, shape: Shape, rows: Float32Array, times: ArrayLike<number>): void => {
  const [slots = 0, heads = 0, length = 0, width = 0] = shape;
  for (let slot = 0; slot < slots; slot++) {
    const time = times[slot] ?? -1;
    if (time < 0) continue;
    if (time >= length)
      throw new Error(`Slot ${slot} writes at time ${time}, but its cache ends at ${length}; grow it.`);
    for (let head = 0; head < heads; head++) {
      const row = slot * heads + head;
      cache.set(rows.subarray(row * width, (row + 1) * width), (row * length + time) * width);
    }
  }
};

/** The cache with its time axis lengthened; what is new is zero. */
export const lengthened = (cache: Float32Array, shape: Shape, length: number): Float32Array => {
  const [slots = 0, heads = 0, before = 0, width = 0] = shape;
  const longer = new Float32Array(sizeOf([slots, heads, length, width]));
  for (let row = 0; row < slots * heads; row++)
    longer.set(cache.subarray(row * before * width, (row + 1) * before * width), row * length * width);
  return longer;
};

/** The shape with its time axis lengthened. Throws for a shape without one, or one that is longer already. */
export const longerShape = (name: string, shape: Shape, length: number): readonly number[] => {
  const [slots, heads, before, width] = shape;
  if (shape.length !== 4 || slots === undefined || heads === undefined || before === undefined || width === undefined)
    throw new Error(`State ${name} has the shape [${shape.join(', ')}]; only [slots, heads, T, d] can grow.`);
  if (length < before) throw new Error(`State ${name} has ${before} times and cannot grow to ${length}.`);
  return [slots, heads, length, width];
};
