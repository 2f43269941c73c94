/** `--device gpu`: this engine on WebGPU beside PyTorch on CUDA, in f32 and bf16. Memory is the device's, shares are of the peak in the same precision. */
import type { Arguments } from './arguments.ts';
import { Contestant } from './contestant.ts';
import { memoryDuring } from './deviceMemory.ts';
import { gpuGemm } from './gpuShapes.ts';
import { measure } from './measure.ts';
import { findPython } from './python.ts';
import { rowOf, type Row } from './rows.ts';
import type { Work } from './shapes.ts';

type Precision = 'f32' | 'bf16';

/** What this engine is called until it tells its own name. */
export const OURS_ON_GPU = 'Through the Valley on WebGPU';

/** Where the workers lie. */
export interface Workers {
  readonly ours: string;
  readonly torch: string;
}

export interface GpuRow extends Row {
  readonly device: 'gpu';
  readonly precision: Precision;
  /** Of the process on the host; `peakMemoryBytes` is the device's, null where `nvidia-smi` does not tell it. */
  readonly hostPeakMemoryBytes: number | null;
}

/** Operations per second of the fastest round of products; null where no engine has run in that precision. */
export type Peaks = Readonly<Record<Precision, number | null>>;

interface Entrant {
  readonly precision: Precision;
  readonly start: () => Contestant;
}

const entrantsOf = (work: Work, { python, threads }: Arguments, workers: Workers): readonly Entrant[] => {
  const { model, kind, length, batch, repeats = 1 } = work;
  const spec = { ...model, kind, length, batch, repeats, threads };
  const ours = JSON.stringify(spec);
  const torch = (dtype: Precision, mode: 'eager' | 'compile'): Entrant => ({
    precision: dtype,
    start: () => {
      const asked = JSON.stringify({ ...spec, mode, dtype, device: 'cuda' });
      return new Contestant(`PyTorch, ${mode}, ${dtype}`, python ?? findPython(), [workers.torch, asked]);
    },
  });
  return [
    { precision: 'f32', start: () => new Contestant(OURS_ON_GPU, process.execPath, [workers.ours, 'webgpu', ours]) },
    torch('f32', 'eager'),
    torch('bf16', 'eager'),
    ...(kind === 'step' ? [torch('bf16', 'compile')] : []),
  ];
};

/** One row for each engine; the device's memory is measured while an engine warms up and does one more round. */
export const measureOnGpu = async (
  work: Work,
  given: Arguments,
  workers: Workers,
  peaks: Peaks,
): Promise<readonly GpuRow[]> => {
  const entrants = entrantsOf(work, given, workers);
  const memory: (number | null)[] = [];
  const contestants = await measure({
    starts: entrants.map(({ start }) => start),
    rounds: given.rounds,
    during: async (start) => {
      const { addedBytes, result } = await memoryDuring(async () => settled(await start()));
      memory.push(addedBytes);
      return result;
    },
  });
  return contestants.map(({ measured }, i) => {
    const precision = entrants[i]?.precision ?? 'f32';
    const row = rowOf(work, measured, peaks[precision]);
    const peakMemoryBytes = row.tokensPerSecond === null ? null : (memory[i] ?? null);
    return { ...row, device: 'gpu', precision, peakMemoryBytes, hostPeakMemoryBytes: row.peakMemoryBytes };
  });
};

/** Memory that is only taken from the second round on counts too. */
const settled = async (contestant: Contestant): Promise<Contestant> => {
  await contestant.round();
  return contestant;
};

/** By products of all engines in their precision. */
export const peaksOnGpu = async (given: Arguments, workers: Workers): Promise<Peaks> => {
  const rows = await measureOnGpu(gpuGemm, given, workers, { f32: null, bf16: null });
  const fastest = (wanted: Precision): number | null => {
    const speeds = rows.flatMap(({ precision, tokensPerSecond }) =>
      precision === wanted && tokensPerSecond !== null ? [tokensPerSecond] : [],
    );
    return speeds.length > 0 ? Math.max(...speeds) : null;
  };
  return { f32: fastest('f32'), bf16: fastest('bf16') };
};
