/** `npm run bench`: each work on each engine, one process per engine, rounds alternating, medians, one table. */
import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { physicalCores, processorName } from '../src/trainer/executors/cores.ts';
import { hasTensorflow } from '../src/trainer/executors/tensorflow.ts';
import { ArgumentError, readArguments, type Arguments } from './arguments.ts';
import { Contestant } from './contestant.ts';
import { measureOnGpu, OURS_ON_GPU, peaksOnGpu } from './gpu.ts';
import { gpuWorks } from './gpuShapes.ts';
import { measure } from './measure.ts';
import { findPython, setUpPython } from './python.ts';
import { rowOf, tableOf, type Row } from './rows.ts';
import { gemm, works, type Work } from './shapes.ts';

const worker = fileURLToPath(new URL('bench-worker.mjs', import.meta.url));
const torchWorker = fileURLToPath(new URL('../bench/torch_worker.py', import.meta.url));
const transformersWorker = fileURLToPath(new URL('../bench/transformers_worker.py', import.meta.url));

/** Each as a function that starts it, so that no process is there before it is measured. */
const contestantsOf = (work: Work, threads: number, python: string): readonly (() => Contestant)[] => {
  const spec = { ...work.model, kind: work.kind, length: work.length, batch: work.batch, threads };
  const torch = (mode: 'eager' | 'compile') => () =>
    new Contestant(`PyTorch, ${mode}`, python, [torchWorker, JSON.stringify({ ...spec, mode })]);
  const ours = (engine: 'onnx' | 'tensorflow' | 'reference') => () =>
    new Contestant(engine, process.execPath, [worker, engine, JSON.stringify(spec)]);
  const transformers = () => new Contestant('transformers', python, [transformersWorker, JSON.stringify(spec)]);
  return [
    ours('onnx'),
    ...(hasTensorflow() ? [ours('tensorflow')] : []),
    torch('eager'),
    ...(work.kind === 'step' ? [torch('compile')] : []),
    ...(work.kind === 'generation' ? [transformers] : []),
    ...(work.withTfjs ? [ours('reference')] : []),
  ];
};

const measured = (work: Work, { rounds, threads, python }: Arguments): Promise<Contestant[]> =>
  measure({ starts: contestantsOf(work, threads, python ?? findPython()), rounds });

/** Operations per second of the fastest round of the fastest engine. */
const peakOf = async (given: Arguments): Promise<number | null> => {
  const contestants = await measured(gemm, given);
  const speeds = contestants.flatMap(({ measured }) => measured.rounds.map(({ tokens, seconds }) => tokens / seconds));
  return speeds.length > 0 ? Math.max(...speeds) : null;
};

const benchOnCpu = async (given: Arguments): Promise<void> => {
  const peak = given.isMeasuringPeak ? await peakOf(given) : null;
  const rows = await allRows(given, async (work) => {
    const contestants = await measured(work, given);
    return contestants.map((contestant) => rowOf(work, contestant.measured, peak));
  });
  tell(given, `GEMM peak ${gigaflops(peak)}`, { peakOperationsPerSecond: peak }, rows);
};

const benchOnGpu = async (given: Arguments): Promise<void> => {
  const workers = { ours: worker, torch: torchWorker };
  const peaks = given.isMeasuringPeak ? await peaksOnGpu(given, workers) : { f32: null, bf16: null };
  const rows = await allRows(given, (work) => measureOnGpu(work, given, workers, peaks));
  const limits = `GEMM peak of the device: f32 ${gigaflops(peaks.f32)}, bf16 ${gigaflops(peaks.bf16)}; memory is the device's`;
  tell(given, limits, { peakOperationsPerSecond: peaks }, rows);
  if (rows.some(({ engine, notRun }) => engine === OURS_ON_GPU && notRun !== undefined)) {
    console.error('This engine did not run on the GPU: `valley doctor` tells what is missing.');
    process.exitCode = 1;
  }
};

const gigaflops = (peak: number | null): string =>
  peak === null ? 'not measured' : `${(peak / 1e9).toFixed(0)} GFLOP/s`;

/** Shows the rows of each work as soon as they are there. */
const allRows = async (given: Arguments, rowsOf: (work: Work) => Promise<readonly Row[]>): Promise<readonly Row[]> => {
  const rows: Row[] = [];
  for (const work of given.works) {
    console.error(`${work.name} …`);
    const found = await rowsOf(work);
    console.error(tableOf(found));
    rows.push(...found);
  }
  return rows;
};

const loadBefore = loadavg();

const tell = (given: Arguments, limits: string, facts: object, rows: readonly Row[]): void => {
  const machine = `${processorName()}, ${physicalCores()} cores, ${given.threads} threads, Node ${process.version}`;
  const load = `load ${loadBefore[0]?.toFixed(1)} before, ${loadavg()[0]?.toFixed(1)} after`;
  console.log(`${machine}; ${limits}; ${load}\n\n${tableOf(rows)}`);
  if (given.json !== null) writeFileSync(given.json, `${JSON.stringify({ machine, ...facts, load, rows }, null, 2)}\n`);
};

try {
  const given = readArguments(process.argv.slice(2), { cpu: works, gpu: gpuWorks }, physicalCores());
  if (given.isSettingUpPython) process.exitCode = setUpPython();
  else if (given.device === 'gpu') await benchOnGpu(given);
  else await benchOnCpu(given);
} catch (error) {
  if (!(error instanceof ArgumentError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
