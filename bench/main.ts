/** `npm run bench`: each work on each engine, medians of alternating rounds, one table. */
import { readFileSync, writeFileSync } from 'node:fs';
import { physicalCores } from '../src/trainer/executors/cores.ts';
import { ArgumentError, readArguments, type Arguments } from './arguments.ts';
import { fullSection, growthSection, readmeSection, withSection } from './documents.ts';
import { engines, gpuEngines, OURS_ON_GPU, type Engine } from './engines.ts';
import { measureOnGpu, peaksOnGpu } from './gpu.ts';
import { gpuWorks } from './gpuShapes.ts';
import { growthChart } from './growthChart.ts';
import { growthLines } from './growth.ts';
import { measure, type Bench, type Speeds } from './measure.ts';
import { findPeers } from './peers.ts';
import { Progress } from './progress.ts';
import { currentLoad, describe, readResult, thisMachine, writeResult, type Result } from './result.ts';
import { compared, rowOf, type Measured, type Row } from './rows.ts';
import { setUp } from './setup.ts';
import { gemm, growths, trial, works, type Work } from './shapes.ts';
import { aligned, markdown, rowsTable, type Table } from './table.ts';

const stderr = (line: string): void => console.error(line);

/** Each once: a work can lie on two axes. */
const worksOf = (given: Arguments): readonly Work[] => {
  const all = [...given.works, ...given.growths.flatMap((growth) => growth.works)];
  return [...new Map(all.map((work) => [work.name, work])).values()];
};

/** Growth is this engine's beside PyTorch's, where nothing else is asked for. */
const enginesOf = ({ engines: asked, growths: axes, device }: Arguments): readonly Engine[] => {
  const all = device === 'gpu' ? gpuEngines : engines;
  const keys = asked ?? (axes.length > 0 ? ['valley', 'torchEager', 'torchMkl'] : null);
  return keys === null ? all : all.filter(({ key }) => keys.includes(key));
};

/** How the rows of a work are measured on a device, and its limit. */
interface Measurement {
  readonly peak: Result['peakOperationsPerSecond'];
  readonly rowsOf: (work: Work) => Promise<readonly Row[]>;
}

const onCpu = async (bench: Bench, isMeasuringPeak: boolean): Promise<Measurement> => {
  const speeds: Speeds = new Map();
  const peak = isMeasuringPeak ? peakOf(await measure(gemm, { ...bench, seconds: 1 }, speeds)) : null;
  const rowsOf = async (work: Work): Promise<readonly Row[]> =>
    compared((await measure(work, bench, speeds)).map((measured) => rowOf(work, measured, peak)));
  return { peak, rowsOf };
};

const onGpu = async (bench: Bench, isMeasuringPeak: boolean): Promise<Measurement> => {
  const speeds: Speeds = new Map();
  const peak = isMeasuringPeak ? await peaksOnGpu(bench, speeds) : { f32: null, bf16: null };
  return { peak, rowsOf: (work) => measureOnGpu(work, bench, speeds, peak) };
};

const peakOf = (products: readonly Measured[]): number | null => {
  const speeds = products.flatMap(({ rounds }) => rounds.map(({ tokens, seconds }) => tokens / seconds));
  return speeds.length > 0 ? Math.max(...speeds) : null;
};

const measureAll = async (given: Arguments, signal: AbortSignal): Promise<Result> => {
  const [machine, before, todo] = [thisMachine(given.threads), currentLoad(), worksOf(given)];
  const progress = new Progress([gemm, ...todo], () => performance.now(), stderr);
  const peers = findPeers(given.python);
  const bench: Bench = { ...given, engines: enginesOf(given), peers, signal, say: progress.say };
  const { peak, rowsOf } = await (given.device === 'gpu' ? onGpu : onCpu)(bench, given.isMeasuringPeak);
  const rows: Row[] = [];
  for (const work of todo) {
    progress.finish();
    if (signal.aborted) break;
    const found = await rowsOf(work);
    stderr(`${aligned(rowsTable(found))}\n`);
    rows.push(...found);
  }
  return {
    date: new Date().toISOString().slice(0, 10),
    machine,
    load: [before, currentLoad()],
    peakOperationsPerSecond: peak,
    isInterrupted: signal.aborted,
    rows,
  };
};

const isGrowth = ({ rows }: Result): boolean =>
  growths.some(({ works: all }) => all.some(({ name }) => name === rows[0]?.work));

const show = (result: Result, isMarkdown: boolean): void => {
  const table: Table = isGrowth(result) ? { ...growthLines(result.rows), left: 2 } : rowsTable(result.rows);
  console.log(`${describe(result)}\n\n${isMarkdown ? markdown(table) : aligned(table)}`);
};

const rewrite = (file: string, section: string, text: string): void => {
  writeFileSync(file, withSection(readFileSync(file, 'utf8'), section, text));
  stderr(`${file}: written.`);
};

/** The documents, and the JSON that they are written from. */
const document = (result: Result): void => {
  if (isGrowth(result)) {
    writeResult('docs/growth.json', result);
    writeFileSync('docs/growth.svg', growthChart(result.rows));
    rewrite('docs/benchmarks.md', 'growth', growthSection(result));
    return;
  }
  writeResult('docs/bench.json', result);
  rewrite('README.md', 'bench', readmeSection(result, 'en'));
  rewrite('README.ko.md', 'bench', readmeSection(result, 'ko'));
  rewrite('docs/benchmarks.md', 'bench', fullSection(result));
};

/** Ctrl+C ends the round under way and shows what was measured so far. */
const interruption = (): AbortSignal => {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => controller.abort());
  return controller.signal;
};

/** 0; 1 where engines computed different things or this one did not run on the GPU; 130 where it was interrupted. */
const bench = async (given: Arguments): Promise<number> => {
  const result = given.from === null ? await measureAll(given, interruption()) : readResult(given.from);
  show(result, given.isMarkdown);
  if (given.json !== null) writeResult(given.json, result);
  const different = result.rows.filter(({ differs }) => differs !== undefined);
  for (const { work, engine, differs } of different) stderr(`${work}: ${engine} computes something else: ${differs}`);
  if (given.isForReadme && (result.isInterrupted || different.length > 0))
    stderr('The documents stay as they are: a whole measurement that agrees is wanted.');
  else if (given.isForReadme) document(result);
  const isMissing = result.rows.some(({ engineKey, notRun }) => engineKey === OURS_ON_GPU && notRun !== undefined);
  if (isMissing) stderr('This engine did not run on the GPU: `valley doctor` tells what is missing.');
  return result.isInterrupted ? 130 : Number(different.length > 0 || isMissing);
};

try {
  const keys = { cpu: engines.map(({ key }) => key), gpu: gpuEngines.map(({ key }) => key) };
  const known = {
    works: { cpu: works, gpu: gpuWorks },
    extraWorks: [trial],
    growths,
    engines: keys,
    cores: physicalCores(),
  };
  const given = readArguments(process.argv.slice(2), known);
  const failed = given.setups.map(setUp).find((code) => code !== 0);
  process.exitCode = given.setups.length > 0 ? (failed ?? 0) : await bench(given);
} catch (error) {
  if (!(error instanceof ArgumentError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
