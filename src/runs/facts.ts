/** Reads what a run folder states about its process. Every reader is strict and never throws: what is damaged, newer or huge counts as absent. */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { isRunErrorCode, PROTOCOL_VERSION, type RunError } from '../protocol/events.ts';
import type { Health } from '../protocol/panel.ts';
import { RUN_FOLDER, type ExitRecord, type Heartbeat, type Lease } from '../protocol/runFolder.ts';

/** What was found in a run folder at one moment, and what follows from it. */
export interface Observation {
  readonly folder: string;
  readonly lease: Lease | null;
  readonly heartbeat: Heartbeat | null;
  readonly exit: ExitRecord | null;
  readonly health: Health;
}

const FILE_LIMIT = 1 << 20;
const LAST_WORDS = 2048;

const isText = (value: unknown): value is string => typeof value === 'string';
const isWhole = (value: unknown): value is number => Number.isSafeInteger(value);
const isTextOrNull = (value: unknown): value is string | null => value === null || isText(value);
const isVersion = (value: unknown): boolean => isWhole(value) && value >= 1 && value <= PROTOCOL_VERSION;

export function readLease(folder: string): Promise<Lease | null> {
  return readRecord<Lease>(join(folder, RUN_FOLDER.lease), {
    v: isVersion,
    runId: isText,
    instanceId: isText,
    attempt: isWhole,
    pid: isWhole,
    processStart: isTextOrNull,
    bootId: isTextOrNull,
    host: isText,
    socketPath: isText,
    startedAt: isWhole,
    recipe: isText,
    name: isText,
    configPath: isText,
  });
}

export function readHeartbeat(folder: string): Promise<Heartbeat | null> {
  return readRecord<Heartbeat>(join(folder, RUN_FOLDER.heartbeat), {
    instanceId: isText,
    beat: isWhole,
    time: isWhole,
    lastProgress: isWhole,
    step: isWhole,
  });
}

export async function readExit(folder: string): Promise<ExitRecord | null> {
  const exit = await readRecord<ExitRecord>(join(folder, RUN_FOLDER.exit), {
    v: isVersion,
    instanceId: isText,
    attempt: isWhole,
    outcome: (value) => value === 'finished' || value === 'stopped' || value === 'failed',
    exitCode: isWhole,
    lastWords: isText,
    time: isWhole,
  });
  return exit?.error === undefined || isRunError(exit.error) ? exit : null;
}

export function isRunError(value: unknown): value is RunError {
  if (typeof value !== 'object' || value === null) return false;
  const { code, message, remedy } = value as Record<string, unknown>;
  return isRunErrorCode(code) && isText(message) && (remedy === undefined || isText(remedy));
}

/** The run id that marks a folder as ours, or null: a folder without it is never deleted or written. */
export async function readMarker(folder: string): Promise<string | null> {
  const text = (await readStart(join(folder, RUN_FOLDER.marker), 256))?.trim() ?? '';
  return /^[\w-]{1,100}$/.test(text) ? text : null;
}

/** The end of trainer.log; empty if there is none. It may hold anything: show it through displayText. */
export async function lastWordsOf(folder: string): Promise<string> {
  return endOf(join(folder, RUN_FOLDER.log));
}

/** The last whole lines of a text file, at most 2 KB; empty if it cannot be read. */
export async function endOf(file: string): Promise<string> {
  const bytes = await readBytes(file, LAST_WORDS, 'end');
  const text = bytes?.toString('utf8') ?? '';
  const cut = bytes !== null && bytes.length === LAST_WORDS ? text.indexOf('\n') + 1 : 0;
  return text.slice(cut).trimEnd();
}

type Checks<T> = { readonly [K in keyof T]?: (value: unknown) => boolean };

async function readRecord<T>(file: string, checks: Checks<T>): Promise<T | null> {
  const text = await readStart(file, FILE_LIMIT);
  const value = text === null ? null : parseObject(text);
  if (value === null) return null;
  const isWholeRecord = Object.entries(checks).every(([key, check]) =>
    (check as (value: unknown) => boolean)(value[key]),
  );
  return isWholeRecord ? (value as T) : null;
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** A whole file of at most `limit` bytes as text, or null. */
async function readStart(file: string, limit: number): Promise<string | null> {
  const bytes = await readBytes(file, limit + 1, 'start');
  return bytes === null || bytes.length > limit ? null : bytes.toString('utf8');
}

/** Up to `limit` bytes of one side of a plain file; null where it cannot be read. */
export async function readBytes(file: string, limit: number, side: 'start' | 'end'): Promise<Buffer | null> {
  const handle = await open(file, 'r').catch(() => null);
  if (handle === null) return null;
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) return null;
    const length = Math.min(limit, stats.size);
    const from = side === 'start' ? 0 : stats.size - length;
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, from);
    return buffer.subarray(0, bytesRead);
  } catch {
    return null;
  } finally {
    await handle.close();
  }
}
