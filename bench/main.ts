/** `npm run bench`: each work on each engine, one process per engine, rounds alternating, medians, one table. */
import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { physicalCores, processorName } from '../src/trainer/executors/cores.ts';
import { ArgumentError, readArguments, type Arguments } from './arguments.ts';
import { Contestant } from './contestant.ts';
import { findPython, setUpPython } from './python.ts';
import { rowOf, tableOf, type Row } from './rows.ts';
import { gemm, works, type Work } from './shapes.ts';

const worker = fileURLToPath(new URL('bench-worker.mjs', import.meta.url));
const torchWorker = fileURLToPath(new URL('../bench/torch_worker.py', import.meta.url));
const transformersWorker = fileURLToPath(new URL('../bench/transformers_worker.py', import.meta.url));

/** Each as a function that starts it, so that no process is there before it is measured. */
const contestantsOf = (work: Work, threads: number): readonly (() => Contestant)[] => {
  const spec = { ...work.model, kind: work.kind, length: work.length, batch: work.batch, threads };
  const torch = (mode: 'eager' | 'compile') => () =>
    new Contestant(`PyTorch, ${mode}`, findPython(), [torchWorker, JSON.stringify({ ...spec, mode })]);
  const ours = (engine: 'onnx' | 'reference') => () =>
    new Contestant(engine, process.execPath, [worker, engine, JSON.stringify(spec)]);
  const transformers = () => new Contestant('transformers', findPython(), [transformersWorker, JSON.stringify(spec)]);
  return [
    ours('onnx'),
    torch('eager'),
    ...(work.kind === 'step' ? [torch('compile')] : []),
    ...(work.kind === 'generation' ? [transformers] : []),
    ...(work.withTfjs ? [ours('reference')] : []),
  ];
};

/** Alternating: every engine does its n-th round before any does the next. */
const measure = async (work: Work, { rounds, threads }: Arguments): Promise<Contestant[]> => {
  const contestants: Contestant[] = [];
  for (const start of contestantsOf(work, threads)) {
    const contestant = start();
    contestants.push(contestant);
    await contestant.warmUp();
  }
  for (let round = 0; round < rounds; round++)
    for (const contestant of contestants) if (round === 0 || !contestant.isSlow) await contestant.round();
  for (const contestant of contestants) contestant.end();
  return contestants;
};

/** Operations per second of the fastest round of the fastest engine. */
const peakOf = async (given: Arguments): Promise<number | null> => {
  const contestants = await measure(gemm, given);
  const speeds = contestants.flatMap(({ measured }) => measured.rounds.map(({ tokens, seconds }) => tokens / seconds));
  return speeds.length > 0 ? Math.max(...speeds) : null;
};

const bench = async (given: Arguments): Promise<void> => {
  const machine = `${processorName()}, ${physicalCores()} cores, ${given.threads} threads, Node ${process.version}`;
  const loadBefore = loadavg();
  const peak = await peakOf(given);
  const rows: Row[] = [];
  for (const work of given.works) {
    console.error(`${work.name} …`);
    const contestants = await measure(work, given);
    const found = contestants.map(({ measured }) => rowOf(work, measured, peak));
    console.error(tableOf(found));
    rows.push(...found);
  }
  const load = `load ${loadBefore[0]?.toFixed(1)} before, ${loadavg()[0]?.toFixed(1)} after`;
  console.log(`${machine}; GEMM peak ${((peak ?? 0) / 1e9).toFixed(0)} GFLOP/s; ${load}\n\n${tableOf(rows)}`);
  if (given.json !== null)
    writeFileSync(given.json, `${JSON.stringify({ machine, peakOperationsPerSecond: peak, load, rows }, null, 2)}\n`);
};

try {
  const given = readArguments(process.argv.slice(2), works, physicalCores());
  if (given.isSettingUpPython) process.exitCode = setUpPython();
  else await bench(given);
} catch (error) {
  if (!(error instanceof ArgumentError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
