/** Where a run's model came from: its config, and by way of the runs that it went on from the first folder of all. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { isModelRun, modelSource } from '../../config/plan.ts';
import { runConfig, type RunConfig } from '../../config/schema.ts';
import { parse } from '../../data/checkpointManifest.ts';
import { RUN_FOLDER } from '../../protocol/runFolder.ts';
import { readLease, readMarker } from '../../runs/facts.ts';

export interface Origin {
  /** As the first config names it; null for a model that was made from scratch. */
  readonly name: string | null;
  /** The folder of Hugging Face's layout, absolute; null where the model was made here. */
  readonly folder: string | null;
}

const UNKNOWN: Origin = { name: null, folder: null };
/** More runs than anyone lets go on from each other. */
const LONGEST_CHAIN = 100;

/** The config of a run with every default filled in; null where there is none that this version understands. */
export function resolvedConfig(runFolder: string): RunConfig | null {
  const file = join(runFolder, RUN_FOLDER.resolvedConfig);
  const read = existsSync(file) ? runConfig.safeParse(parse(readFileSync(file, 'utf8'))) : null;
  return read?.success === true ? read.data : null;
}

export async function originOf(runFolder: string, left = LONGEST_CHAIN): Promise<Origin> {
  const config = resolvedConfig(runFolder);
  if (config === null || !isModelRun(config) || left === 0) return UNKNOWN;
  const { model } = config;
  const name = modelSource(model);
  if (name === null) return UNKNOWN;
  const { configPath = '' } = (await readLease(runFolder)) ?? {};
  const path = resolve(dirname(configPath), name);
  if ('path' in model) return { name, folder: path };
  const before = await originOf(await runFolderOf(path), left - 1);
  return { ...before, name: before.name ?? name };
}

/** A path in `model.checkpoint` is that of a run, or of a checkpoint in one. */
const runFolderOf = async (path: string): Promise<string> =>
  (await readMarker(path)) === null ? dirname(dirname(path)) : path;
