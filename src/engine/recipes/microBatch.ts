/** Splits a batch into passes that take less memory and stay in a processor's caches: the same sequences in the same order, padded alike. */
import type { Batch } from './batch.ts';

type Sequences = Pick<Batch, 'size' | 'length' | 'inputIds' | 'labels' | 'packing' | 'objectiveInputs'>;

/** Parts of at most `size` sequences. */
export function microBatches(batch: Sequences, size: number): readonly Sequences[] {
  const { length, inputIds, labels, packing, objectiveInputs = {} } = batch;
  return Array.from({ length: Math.ceil(batch.size / size) }, (_, part) => {
    const [from, to] = [part * size, Math.min((part + 1) * size, batch.size)];
    const cut = <Values extends Int32Array | Float32Array>(values: Values): Values =>
      values.slice(from * length, to * length) as Values;
    return {
      size: to - from,
      length,
      inputIds: cut(inputIds),
      labels: cut(labels),
      ...(packing && { packing: { positions: cut(packing.positions), documents: cut(packing.documents) } }),
      objectiveInputs: Object.fromEntries(
        Object.entries(objectiveInputs).map(([name, values]) => [name, cut(values)] as const),
      ),
    };
  });
}
