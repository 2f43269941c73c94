/** What a run is made from: its config, and the checkpoint or model folder that the config names. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { formatProblem } from '../config/configProblem.ts';
import { configName, parseConfig } from '../config/parseConfig.ts';
import type { ModelRunConfig, RunConfig } from '../config/schema.ts';
import { modelSource } from '../config/plan.ts';
import {
  listCheckpoints,
  newestGoodCheckpoint,
  readCheckpoint,
  readModel,
  resolveCheckpoint,
} from '../data/checkpointFolder.ts';
import { readModelFolder } from '../data/modelFolder.ts';
import { modelOf } from '../engine/families/index.ts';
import { RunFailure } from '../engine/recipes/runFailure.ts';
import { isTrainingRecipe } from '../protocol/events.ts';
import { listRuns } from '../runs/listRuns.ts';
import { machineMemory } from '../runs/machine.ts';
import { runsFolderOf, runsRootOf } from '../runs/runsRoot.ts';
import type { RunInvocation } from './invocation.ts';
import { earlierConfigPath, keptConfig } from './workplace.ts';
import { said, saidBy, saidTogether, type Told } from '../protocol/sentence.ts';
import type { SavedModel, SavedState } from '../protocol/savedState.ts';

export interface Input {
  readonly config: RunConfig;
  /** As it was written, comments and all. */
  readonly text: string;
  /** With every default filled in, as JSON. */
  readonly resolved: string;
  readonly name: string;
  /** The file the run was started from: relative paths in the config start in its folder. */
  readonly configPath: string;
  readonly warnings: readonly string[];
  /** Trainings of a ladder that are done again. */
  readonly again: readonly string[];
}

/** Reads and checks the config. Throws `RunFailure` 'badConfig' that lists every problem. */
export async function readInput(invocation: RunInvocation): Promise<Input> {
  const { text, configPath } = await findConfig(invocation);
  const parsed = parseConfig(text, configPath, {}, { machine: { memoryBytes: machineMemory(), gpu: null } });
  const problems = parsed.problems.map(formatProblem);
  if (!parsed.ok) throw new RunFailure('badConfig', problems.join('\n'));
  const resolved = `${JSON.stringify(parsed.config, null, 2)}\n`;
  const name = configName(parsed.config, configPath);
  return { config: parsed.config, text, resolved, name, configPath, warnings: problems, again: invocation.again };
}

export const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The folder of the model that the config starts from, a checkpoint's or one of Hugging Face's layout; null for a new one. Throws 'badCheckpoint'. */
export async function startingFolder(config: ModelRunConfig, configPath: string): Promise<string | null> {
  const source = modelSource(config.model);
  if (source === null) return null;
  const path = resolve(dirname(configPath), source);
  if ('path' in config.model) return path;
  return resolveCheckpoint(path.endsWith('.jsonc') ? await runOf(path) : path);
}

/** The folder of the newest run that was started from a config and has a checkpoint. */
async function runOf(config: string): Promise<string> {
  const runs = await listRuns(runsFolderOf(runsRootOf(config)));
  const found = runs.find(
    ({ configPath, recipe, folder }) =>
      isTrainingRecipe(recipe) && resolve(configPath) === config && listCheckpoints(folder).length > 0,
  );
  if (found) return found.folder;
  throw new RunFailure(
    'badCheckpoint',
    said`There is no run of ${config} that has a checkpoint.`,
    'Run that config first, or name the folder of a run in `model.checkpoint`.',
  );
}

/** The model in that folder. Throws 'badCheckpoint'. */
export const readStartingModel = (config: ModelRunConfig, folder: string): SavedModel =>
  'path' in config.model
    ? readModelFolder(folder, (modelConfig) => modelOf(modelConfig).parameters)
    : readModel(folder);

export interface Resumption {
  readonly state: SavedState;
  /** Folder name under checkpoints/. */
  readonly checkpoint: string;
  /** Of the checkpoint. */
  readonly folder: string;
}

/** The newest checkpoint that passes every check, and a sentence for each newer one that does not. */
export function findResumption(runFolder: string): { found: Resumption | null; refused: readonly Told[] } {
  const { found, refused } = newestGoodCheckpoint(runFolder);
  const sentences = refused.map(
    ({ name, problems }) => said`Checkpoint ${name} is passed over: ${saidTogether(problems)}`,
  );
  if (found === null) return { found: null, refused: sentences };
  return {
    found: { state: readCheckpoint(found.folder), checkpoint: found.name, folder: found.folder },
    refused: sentences,
  };
}

async function findConfig(invocation: RunInvocation): Promise<{ text: string; configPath: string }> {
  const { config, configJson, runFolder, isContinuation } = invocation;
  if (isContinuation) {
    const configPath = (await earlierConfigPath(runFolder)) ?? config ?? join(runFolder, 'config.jsonc');
    return { text: keptConfig(runFolder), configPath: resolve(configPath) };
  }
  const configPath = resolve(config ?? '');
  return { text: configJson ?? readText(configPath), configPath };
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new RunFailure('badConfig', said`${file} cannot be read: ${saidBy(error)}`);
  }
}
