/** Whether a process id in a file still means the process that wrote it: pid, start time and boot id together. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { promisify } from 'node:util';

/** What a process states about itself in run.json. */
export interface ProcessClaim {
  readonly pid: number;
  /** The kernel's start time as an opaque text; null where the platform tells none. */
  readonly processStart: string | null;
  /** Null where the start time alone is unique. */
  readonly bootId: string | null;
  readonly host: string;
}

/** `unknown`: the process belongs to another machine, so nothing can be said from here. */
export type ProcessState = 'running' | 'gone' | 'unknown';

const LARGEST_PID = 2 ** 31 - 1;
const run = promisify(execFile);

/** Whether a value may be used as a process id at all: never 0, 1 (init), negative (a group), a non-number, or our own. */
export const isSafePid = (pid: unknown): pid is number =>
  typeof pid === 'number' && Number.isInteger(pid) && pid > 1 && pid <= LARGEST_PID && pid !== process.pid;

/** What this process would write about itself. */
export async function ownClaim(): Promise<ProcessClaim> {
  const [start, boot] = await Promise.all([processStart(process.pid), bootId()]);
  return { pid: process.pid, processStart: start, bootId: boot, host: hostname() };
}

/** Start time of a live process; null for a dead one and where the platform tells none. */
export const processStart = async (pid: number): Promise<string | null> =>
  (await platforms[process.platform]?.processStart(pid)) ?? null;

/** Changes with each boot of the machine; null where start times are dates and need no boot to be unique. */
export const bootId = async (): Promise<string | null> => (await platforms[process.platform]?.bootId()) ?? null;

/**
 * Whether the process of a claim still runs. A pid that now belongs to another program counts as gone.
 * Where asking for a start time means starting a program, a process that was heard a moment ago is not asked.
 */
export async function processStateOf(claim: ProcessClaim, wasJustHeard = false): Promise<ProcessState> {
  if (claim.host !== hostname()) return 'unknown';
  if (!isSafePid(claim.pid) || !(await exists(claim.pid))) return 'gone';
  if (wasJustHeard && process.platform !== 'linux') return 'running';
  if (claim.bootId !== null && differs(claim.bootId, await bootId())) return 'gone';
  if (claim.processStart !== null && differs(claim.processStart, await processStart(claim.pid))) return 'gone';
  return 'running';
}

const differs = (claimed: string, found: string | null): boolean => found !== null && found !== claimed;

/** A process that ended but was not waited for (a zombie) no longer exists for us. */
async function exists(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  if (process.platform !== 'linux') return true;
  const stat = await procStat(pid);
  return stat !== null && stat.state !== 'Z' && stat.state !== 'X';
}

/** Fields 3 and 22 of /proc/<pid>/stat; the program's name in parentheses may hold anything. */
async function procStat(pid: number): Promise<{ state: string; start: string } | null> {
  const text = await readFile(`/proc/${Math.trunc(pid)}/stat`, 'utf8').catch(() => '');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, start] = [fields[0], fields[19]];
  return state && start ? { state, start } : null;
}

async function firstLine(command: string, args: readonly string[]): Promise<string | null> {
  const options = { timeout: 5000, windowsHide: true, env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' } };
  const output = await run(command, args, options).catch(() => null);
  return output?.stdout.split('\n')[0]?.trim() || null;
}

const windowsQuery = (query: string): Promise<string | null> =>
  firstLine('powershell.exe', ['-NoProfile', '-NonInteractive', '-Command', query]);

interface Platform {
  processStart(pid: number): Promise<string | null>;
  bootId(): Promise<string | null>;
}

const platforms: { readonly [name: string]: Platform } = {
  linux: {
    processStart: async (pid) => (await procStat(pid))?.start ?? null,
    bootId: async () => (await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')).trim() || null,
  },
  darwin: {
    processStart: (pid) => firstLine('ps', ['-o', 'lstart=', '-p', String(pid)]),
    bootId: () => Promise.resolve(null),
  },
  win32: {
    processStart: (pid) => windowsQuery(`(Get-Process -Id ${Math.trunc(pid)}).StartTime.ToFileTimeUtc()`),
    bootId: () => Promise.resolve(null),
  },
};
