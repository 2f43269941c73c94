/** Takes a run folder for one attempt and writes there what says so: marker, config copies, token, lease, exit record. */
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, renameSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { replaceAtomically } from '../data/durable.ts';
import { realFiles } from '../data/files.ts';
import { PROTOCOL_VERSION, type Recipe } from '../protocol/events.ts';
import { RUN_FOLDER, type ExitRecord, type Lease } from '../protocol/runFolder.ts';
import { lastWordsOf, readLease, readMarker } from '../runs/facts.ts';
import { ownClaim, type ProcessClaim } from '../runs/processIdentity.ts';
import { RunFailure } from '../engine/recipes/runFailure.ts';
import { isLockName, takeLock } from './runFolderLock.ts';
import { said } from '../protocol/sentence.ts';

/** A run folder in our hands. Nobody else writes there while this process lives. */
export interface Workplace {
  /** Absolute, without links. */
  readonly folder: string;
  readonly runId: string;
  readonly instanceId: string;
  readonly attempt: number;
  readonly claim: ProcessClaim;
}

/** Makes a new run folder and takes it. Throws `RunFailure` 'runFolderBusy' where something is there already. */
export async function makeWorkplace(path: string, runId: string, instanceId: string): Promise<Workplace> {
  const folder = resolve(path);
  ignoreInGit(folder);
  makeFolder(dirname(folder));
  makeFolder(folder);
  chmodSync(folder, 0o700);
  const foreign = readdirSync(folder).find((name) => !isLockName(name));
  if (foreign !== undefined) {
    throw new RunFailure(
      'runFolderBusy',
      said`${folder} is not empty (${foreign} lies there).`,
      'Choose another run folder.',
    );
  }
  const workplace = await take(folder, runId, instanceId);
  if (workplace.attempt !== 1) throw new RunFailure('runFolderBusy', said`${folder} already holds a run.`);
  write(workplace, RUN_FOLDER.marker, `${runId}\n`);
  return workplace;
}

/** Takes the folder of a run that has ended or was lost, for its next attempt. */
export async function reopenWorkplace(path: string, instanceId: string): Promise<Workplace> {
  const folder = resolve(path);
  const runId = await readMarker(folder);
  if (runId === null) {
    throw new RunFailure('badConfig', said`${folder} is no run folder: ${RUN_FOLDER.marker} is missing.`);
  }
  return take(folder, runId, instanceId);
}

/** Replaces a small file of the run folder; readers see the old or the new one. */
export function write(workplace: Pick<Workplace, 'folder'>, name: string, text: string): void {
  replaceAtomically(realFiles, join(workplace.folder, name), text);
}

export interface LeaseFacts {
  readonly socketPath: string;
  readonly recipe: Recipe;
  readonly name: string;
  readonly configPath: string;
  readonly startedAt: number;
}

/** Says who works here from now on. */
export function writeLease(workplace: Workplace, facts: LeaseFacts): void {
  const { runId, instanceId, attempt, claim } = workplace;
  const lease: Lease = { v: PROTOCOL_VERSION, runId, instanceId, attempt, ...claim, ...facts };
  write(workplace, RUN_FOLDER.lease, JSON.stringify(lease, null, 2));
}

/** Whether what lies at our path is still our folder: not deleted, moved, replaced or taken over. */
export async function holdsLease({ folder, instanceId }: Workplace): Promise<boolean> {
  return (await readLease(folder))?.instanceId === instanceId;
}

/** The last thing that is written in an attempt. */
export async function writeExit(
  workplace: Workplace,
  ending: Pick<ExitRecord, 'outcome' | 'exitCode' | 'error' | 'time'>,
): Promise<void> {
  const { folder, instanceId, attempt } = workplace;
  const lastWords = await lastWordsOf(folder);
  const record: ExitRecord = { v: PROTOCOL_VERSION, instanceId, attempt, lastWords, ...ending };
  write(workplace, RUN_FOLDER.exit, JSON.stringify(record, null, 2));
}

/** Where the run was started from, for a continuation: relative paths in the config start there. */
export async function earlierConfigPath(folder: string): Promise<string | null> {
  return (await readLease(folder))?.configPath ?? null;
}

/** The config text that an earlier attempt has kept. */
export function keptConfig(folder: string): string {
  const file = join(folder, RUN_FOLDER.config);
  if (!existsSync(file)) throw new RunFailure('badConfig', said`${file} is missing, so the run cannot be continued.`);
  return readFileSync(file, 'utf8');
}

/**
 * Moves the log that our starter opened beside the folder into it; the log of an earlier attempt gets its number.
 * Where the system refuses (Windows, while someone reads it), the log stays where it is.
 */
export function adoptLog(workplace: Workplace, log: string | undefined): void {
  if (!log || !existsSync(log) || realpathSync(dirname(log)) !== dirname(workplace.folder)) return;
  const place = join(workplace.folder, RUN_FOLDER.log);
  try {
    if (existsSync(place)) renameSync(place, join(workplace.folder, `trainer.${workplace.attempt - 1}.log`));
    renameSync(log, place);
  } catch (error) {
    console.error(`The log stays at ${log}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function take(folder: string, runId: string, instanceId: string): Promise<Workplace> {
  const claim = await ownClaim();
  const attempt = await takeLock(folder, { ...claim, instanceId });
  return { folder: realpathSync(folder), runId, instanceId, attempt, claim };
}

function makeFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
}

/** Runs are no source code: `.valley/.gitignore` keeps them out of a repository. */
function ignoreInGit(folder: string): void {
  const runs = dirname(folder);
  const valley = dirname(runs);
  if (basename(runs) !== 'runs' || basename(valley) !== '.valley') return;
  makeFolder(valley);
  const file = join(valley, '.gitignore');
  if (!existsSync(file)) replaceAtomically(realFiles, file, '*\n');
}
