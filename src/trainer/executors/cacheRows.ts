/** Copies rows into a cache [slots, heads, T, d] that lives in JavaScript's memory. */
import type { Shape } from '../../engine/executor.ts';
import { sizeOf } from '../../engine/graph/graph.ts';

/** Where rows go: row i to time `times[i]` of slot `slots[i]` (slot i if left out); a negative time writes nothing. */
export interface Places {
  readonly times: ArrayLike<number>;
  readonly slots?: ArrayLike<number> | undefined;
}

/** Throws for a place outside the cache. `rows` [n, heads, t, d]; `shape` is the cache's. */
export const appendRows = (cache: Float32Array, shape: Shape, rows: Float32Array, places: Places): void => {
  const [slots = 0, heads = 0, length = 0, width = 0] = shape;
  const count = places.times.length;
  const span = rows.length / (count * heads);
  for (let i = 0; i < count; i++) {
    const time = places.times[i] ?? -1;
    if (time < 0) continue;
    const slot = places.slots?.[i] ?? i;
    if (slot < 0 || slot >= slots) throw new Error(`Slot ${slot} is outside a cache of ${slots} slots.`);
    if (time + span / width > length)
      throw new Error(
        `Slot ${slot} writes at time ${time + span / width - 1}, but its cache ends at ${length}; grow it.`,
      );
    for (let head = 0; head < heads; head++)
      copyRow(cache, ((slot * heads + head) * length + time) * width, rows, (i * heads + head) * span, span);
  }
};

/** Below this many numbers a loop is faster than a view and its copy. */
const SHORT = 256;

const copyRow = (to: Float32Array, at: number, rows: Float32Array, from: number, count: number): void => {
  if (count > SHORT) to.set(rows.subarray(from, from + count), at);
  else for (let i = 0; i < count; i++) to[at + i] = rows[from + i] ?? 0;
};

/**
 * The cache with its time axis lengthened; what is new is zero. Moves the rows where they are if the memory behind `cache`
 * has room, so the old view is lost; otherwise takes memory for four times as much, of which a system gives only what is used.
 */
export const lengthened = (cache: Float32Array, shape: Shape, length: number): Float32Array => {
  const [slots = 0, heads = 0, before = 0, width = 0] = shape;
  const size = sizeOf([slots, heads, length, width]);
  const hasRoom = cache.byteOffset === 0 && cache.buffer.byteLength >= size * cache.BYTES_PER_ELEMENT;
  const longer = hasRoom ? new Float32Array(cache.buffer, 0, size) : new Float32Array(4 * size).subarray(0, size);
  for (let row = slots * heads - 1; row >= 0; row--) {
    const end = row * length * width + before * width;
    if (hasRoom) longer.copyWithin(end - before * width, row * before * width, (row + 1) * before * width);
    else longer.set(cache.subarray(row * before * width, (row + 1) * before * width), row * length * width);
    if (hasRoom) longer.fill(0, end, (row + 1) * length * width);
  }
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
