/** Where the file of a benchmark lies: as the config says, else as the settings of who started the trainer say. */
import { existsSync } from 'node:fs';
import type { BenchmarkEntry } from '../../config/benchmarkSchema.ts';
import { isRecord, parse } from '../../data/checkpointManifest.ts';
import { RunFailure } from '../../engine/recipes/runFailure.ts';
import { BENCHMARKS_VARIABLE } from '../../protocol/benchmarkPaths.ts';
import { said } from '../../protocol/sentence.ts';
import { pathFrom } from '../prepare/sources.ts';

type FileEntry = Exclude<BenchmarkEntry, { task: unknown }>;

/** Throws 'badConfig' where neither names one, and 'badDataset' where there is none. */
export function benchmarkFile(
  { name, path }: FileEntry,
  configPath: string,
  paths: Readonly<Record<string, string>>,
): string {
  const known = path === undefined ? (Object.hasOwn(paths, name) ? paths[name] : undefined) : path;
  if (known !== undefined && known !== '') return existing(pathFrom(configPath, known), name);
  throw new RunFailure(
    'badConfig',
    said`Nobody names the file of the benchmark ${name}.`,
    'Write its `path` in `benchmarks`, or set `valley.benchmarks` of that name in the settings.',
  );
}

function existing(path: string, name: string): string {
  if (existsSync(path)) return path;
  throw new RunFailure(
    'badDataset',
    said`${path}, the file of the benchmark ${name}, is not there.`,
    'Name the file as its publisher gives it.',
  );
}

/** As the environment tells them, by name. Throws 'badConfig' where it is no JSON object of texts. */
export function benchmarkPaths(env: NodeJS.ProcessEnv): Readonly<Record<string, string>> {
  const text = env[BENCHMARKS_VARIABLE];
  if (text === undefined || text === '') return {};
  const value = parse(text);
  if (isRecord(value) && Object.values(value).every((path) => typeof path === 'string'))
    return value as Readonly<Record<string, string>>;
  throw new RunFailure(
    'badConfig',
    said`The environment variable ${BENCHMARKS_VARIABLE} is ${text}, not a JSON object of paths by benchmark.`,
    'Write it like {"math-500": "/data/math-500.jsonl"}, or leave it out.',
  );
}
