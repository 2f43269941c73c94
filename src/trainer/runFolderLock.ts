/**
 * One trainer per run folder: each attempt owns `attempt-N.lock`, created exclusively and never removed.
 * Taking over from a dead trainer means creating N + 1, which only one of many starters can do.
 */
import { linkSync, readdirSync, readFileSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { readExit, readHeartbeat } from '../runs/facts.ts';
import { FAR_SILENCE_MS } from '../runs/health.ts';
import { processStateOf, type ProcessClaim } from '../runs/processIdentity.ts';
import { RunFailure } from '../engine/recipes/runFailure.ts';
import { said, type Sentence } from '../protocol/sentence.ts';

interface LockClaim extends ProcessClaim {
  readonly instanceId: string;
}

/** A lock without readable content is being written right now, unless it is older than this. */
const WRITING_MS = 10_000;

const lockName = (attempt: number): string => `attempt-${attempt}.lock`;
export const isLockName = (name: string): boolean => /^attempt-\d{1,9}\.lock(\.[0-9a-f]+)?$/.test(name);

/**
 * Takes the folder for this process and returns the number of the attempt, from 1.
 * Throws `RunFailure` 'runFolderBusy' where another trainer works or was faster.
 */
export async function takeLock(runFolder: string, claim: LockClaim): Promise<number> {
  const last = lastAttempt(runFolder);
  if (last > 0) await refuseIfHeld(runFolder, last);
  const attempt = last + 1;
  if (!createExclusively(join(runFolder, lockName(attempt)), JSON.stringify(claim), claim.instanceId)) {
    throw busy(said`${runFolder} is taken: another trainer was faster.`);
  }
  return attempt;
}

function lastAttempt(runFolder: string): number {
  const attempts = readdirSync(runFolder).map((name) => Number(/^attempt-(\d{1,9})\.lock$/.exec(name)?.[1] ?? 0));
  return Math.max(0, ...attempts);
}

async function refuseIfHeld(runFolder: string, attempt: number): Promise<void> {
  const file = join(runFolder, lockName(attempt));
  const holder = readClaim(file);
  if (holder === null) {
    if (Date.now() - statSync(file).mtimeMs < WRITING_MS)
      throw busy(said`${runFolder} is taken: another trainer is starting there.`);
    return;
  }
  if ((await readExit(runFolder))?.instanceId === holder.instanceId) return;
  const state = await processStateOf(holder);
  if (state === 'running') throw busy(said`${runFolder} is taken: process ${holder.pid} works there.`);
  if (state === 'unknown' && (await isHeardOf(runFolder, file))) {
    throw busy(
      said`${runFolder} is taken: process ${holder.pid} on ${holder.host} works there, and this is ${hostname()}.`,
    );
  }
}

async function isHeardOf(runFolder: string, lock: string): Promise<boolean> {
  const heard = (await readHeartbeat(runFolder))?.time ?? 0;
  return Date.now() - Math.max(heard, statSync(lock).mtimeMs) < FAR_SILENCE_MS;
}

function busy(why: Sentence): RunFailure {
  return new RunFailure('runFolderBusy', why);
}

function readClaim(file: string): LockClaim | null {
  try {
    const value = JSON.parse(readFileSync(file, 'utf8')) as LockClaim | null;
    return typeof value?.pid === 'number' && typeof value.host === 'string' ? value : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Creates a file with its content in one step where links exist, in two where not. False if it exists. */
function createExclusively(file: string, text: string, unique: string): boolean {
  const temporary = `${file}.${unique}`;
  writeFileSync(temporary, text, { flag: 'wx', mode: 0o600 });
  try {
    linkSync(temporary, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    return createDirectly(file, text);
  } finally {
    unlinkSync(temporary);
  }
}

function createDirectly(file: string, text: string): boolean {
  try {
    writeFileSync(file, text, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
