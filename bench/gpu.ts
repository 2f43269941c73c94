/** `--device gpu`: this engine on WebGPU beside PyTorch on CUDA, in f32 and 16 bits. Memory is the device's, shares are of the peak in the same precision. */
import { memoryDuring } from './deviceMemory.ts';
import { gpuEngines, type Precision } from './engines.ts';
import { gpuGemm } from './gpuShapes.ts';
import { measure, type Bench, type Speeds } from './measure.ts';
import { compared, rowOf, TOLERANCE, type Row } from './rows.ts';
import type { Work } from './shapes.ts';

export interface GpuRow extends Row {
  readonly device: 'gpu';
  readonly precision: Precision;
  /** Of the process on the host; `peakMemoryBytes` is the device's, null where `nvidia-smi` does not tell it. */
  readonly hostPeakMemoryBytes: number | null;
}

/** Operations per second of the fastest round of products; null where no engine has run in that precision. A device's limit in f16 is that in bf16. */
export type Peaks = Readonly<Record<Exclude<Precision, 'f16'>, number | null>>;

/** bf16 has 8 bits of fraction: a loss of 11 is known to 0.05. f16 has 11, and keeps the loss itself in f32. */
const TOLERANCES: Readonly<Record<Precision, number>> = { f32: TOLERANCE, bf16: 0.1, f16: 0.02 };

/** One row for each engine; the device's memory is measured while an engine warms up and does one more round. */
export const measureOnGpu = async (
  work: Work,
  bench: Bench,
  speeds: Speeds,
  peaks: Peaks,
): Promise<readonly GpuRow[]> => {
  const memory = new Map<string, number | null>();
  const around: Bench['around'] = async (contestant, engineKey) => {
    const { addedBytes } = await memoryDuring(async () => {
      await contestant.warmUp();
      // Memory that is only taken from the second round on counts too.
      await contestant.round();
    });
    memory.set(engineKey, addedBytes);
  };
  const found = await measure(work, { ...bench, around }, speeds);
  const rows = found.map((measured) => gpuRow(rowOf(work, measured, peakOf(measured, peaks)), memory));
  return compared(rows, ({ precision }) => TOLERANCES[precision]);
};

const gpuRow = (row: Row, memory: ReadonlyMap<string, number | null>): GpuRow => ({
  ...row,
  device: 'gpu',
  precision: precisionOf(row),
  peakMemoryBytes: row.tokensPerSecond === null ? null : (memory.get(row.engineKey) ?? null),
  hostPeakMemoryBytes: row.peakMemoryBytes,
});

const precisionOf = ({ engineKey }: Pick<Row, 'engineKey'>): Precision =>
  gpuEngines.find(({ key }) => key === engineKey)?.precision ?? 'f32';

const peakOf = (row: Pick<Row, 'engineKey'>, peaks: Peaks): number | null =>
  precisionOf(row) === 'f32' ? peaks.f32 : peaks.bf16;

/** By products of all engines in their precision. */
export const peaksOnGpu = async (bench: Bench, speeds: Speeds): Promise<Peaks> => {
  const rows = await measureOnGpu(gpuGemm, bench, speeds, { f32: null, bf16: null });
  const fastest = (wanted: Precision): number | null => {
    const found = rows.flatMap(({ precision, tokensPerSecond }) =>
      precision === wanted && tokensPerSecond !== null ? [tokensPerSecond] : [],
    );
    return found.length > 0 ? Math.max(...found) : null;
  };
  return { f32: fastest('f32'), bf16: fastest('bf16') };
};
