/**
 * How long a model folder of 510 MB takes to be read, beside the disk's own time for its bytes. Without an argument, all of it:
 * for each format a folder is written, and a process reads its bytes, then another reads the model, in turns, each with the
 * files out of the system's cache and with memory that another process has just let go of (a virtual machine may have
 * to be given it first, which is no matter of ours). Prints one line of JSON.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readdirSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FloatDtype } from '../src/data/dtypes.ts';
import { writeModelFolder } from '../src/data/modelExport.ts';
import { readModelFolder } from '../src/data/modelFolder.ts';
import type { Model } from '../src/engine/families/family.ts';
import { modelOf } from '../src/engine/families/index.ts';
import type { SavedModel } from '../src/protocol/savedState.ts';
import { withLargePages } from '../src/runs/largePages.ts';
import { repeatedWeights } from './repeatedWeights.ts';

/** Blocks of each format, so that the folder has 470 to 570 MB. */
const LAYERS = { BF16: 17, F16: 17, F32: 8 } as const;
const FORMATS: readonly FloatDtype[] = ['BF16', 'F16', 'F32'];
const SHARD_BYTES = 150e6;
const ROUNDS = 7;
/** Twice what a model takes, in pieces. */
const MEMORY = { pieces: 16, bytes: 2 ** 27 } as const;

interface Reading {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly bytes: number;
  /** Memory at most, without what the process had before. */
  readonly peakBytes: number;
}

const configOf = (layers: number): SavedModel['config'] => ({
  model_type: 'llama',
  vocab_size: 40_000,
  hidden_size: 1024,
  intermediate_size: 3072,
  num_hidden_layers: layers,
  num_attention_heads: 16,
  num_key_value_heads: 8,
  head_dim: 64,
  max_position_embeddings: 2048,
  rms_norm_eps: 1e-5,
  tie_word_embeddings: true,
});

const parametersOf = (config: SavedModel['config']): Model['parameters'] => modelOf(config).parameters;

const write = (dtype: FloatDtype, folder: string): void => {
  const config = configOf(LAYERS[dtype]);
  const weights = repeatedWeights({ parameters: parametersOf(config) });
  writeModelFolder(folder, { config, weights, dtype, files: {} }, SHARD_BYTES);
};

/** Through a buffer that the processor's cache holds, as the least that reading can take. */
const readBytes = (folder: string): number => {
  const buffer = new Uint8Array(1 << 20);
  return weightFiles(folder).reduce((sum, file) => sum + readFile(file, buffer), 0);
};

const readFile = (file: string, buffer: Uint8Array): number => {
  const fd = openSync(file, 'r');
  let at = 0;
  for (let taken = 1; taken > 0; at += taken) taken = readSync(fd, buffer, 0, buffer.length, at);
  closeSync(fd);
  return at;
};

const readModel = (folder: string): number =>
  Object.values(readModelFolder(folder, parametersOf).weights).reduce((sum, { values }) => sum + values.byteLength, 0);

const weightFiles = (folder: string): readonly string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.safetensors'))
    .map((name) => join(folder, name));

/** Takes memory, and ends: who comes next finds it at hand. */
const takeMemory = (): number =>
  Array.from({ length: MEMORY.pieces }, () => new Uint8Array(MEMORY.bytes).fill(1)).reduce(
    (sum, piece) => sum + (piece.at(-1) ?? 0),
    0,
  );

const timed = (read: () => number): Reading => {
  const [base, before, started] = [process.memoryUsage.rss(), process.cpuUsage(), performance.now()];
  const bytes = read();
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(before);
  const peakBytes = process.resourceUsage().maxRSS * 1024 - base;
  return { seconds, cpuSeconds: (user + system) / 1e6, bytes, peakBytes };
};

/** In a process of its own, with the trainer's environment. */
const ask = (command: string, ...args: string[]): string => {
  const program = fileURLToPath(import.meta.url);
  const env = withLargePages(process.env);
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, command, ...args], {
    encoding: 'utf8',
    env,
  });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}: ${stderr}`);
  return stdout;
};

/** Out of the system's cache; asks for no rights. */
const forget = (file: string): void => {
  const { status, stderr } = spawnSync('dd', [`if=${file}`, 'iflag=nocache', 'count=0'], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${file} could not be dropped from the cache; GNU dd is wanted: ${stderr}`);
};

const readingOf = (command: 'disk' | 'model', folder: string): Reading => {
  weightFiles(folder).forEach(forget);
  ask('memory');
  return JSON.parse(ask(command, folder)) as Reading;
};

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;

const summary = (readings: readonly Reading[]): Reading => ({
  seconds: median(readings.map(({ seconds }) => seconds)),
  cpuSeconds: median(readings.map(({ cpuSeconds }) => cpuSeconds)),
  bytes: readings[0]?.bytes ?? 0,
  peakBytes: Math.max(...readings.map(({ peakBytes }) => peakBytes)),
});

const measure = (dtype: FloatDtype, root: string): object => {
  const folder = join(root, dtype);
  ask('write', dtype, folder);
  const disk: Reading[] = [];
  const model: Reading[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    disk.push(readingOf('disk', folder));
    model.push(readingOf('model', folder));
  }
  rmSync(folder, { recursive: true });
  return { dtype, disk: summary(disk), model: summary(model) };
};

const measureAll = (): readonly object[] => {
  const root = mkdtempSync(join(tmpdir(), 'valley-load-'));
  try {
    return FORMATS.map((dtype) => measure(dtype, root));
  } finally {
    rmSync(root, { recursive: true });
  }
};

const [, , command, first = '', second = ''] = process.argv;
if (command === 'write') write(first as FloatDtype, second);
else if (command === 'memory') console.log(takeMemory());
else if (command === 'disk') console.log(JSON.stringify(timed(() => readBytes(first))));
else if (command === 'model') console.log(JSON.stringify(timed(() => readModel(first))));
else console.log(JSON.stringify(measureAll()));
