/** Starts a trainer that lives on its own: detached, without a pipe of ours, its words in a file. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { close, open as openFile } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { RunError } from '../protocol/events.ts';
import type { Lease } from '../protocol/runFolder.ts';
import { endOf, isRunError, lastWordsOf, readLease } from './facts.ts';
import { withLargePages } from './largePages.ts';
import type { Runtime } from './runtime.ts';

export interface LaunchOptions {
  readonly runtime: Runtime;
  /** Absolute path of the bundled trainer. */
  readonly trainer: string;
  readonly runFolder: string;
  /** Absolute path; may be left out for a continuation, which uses the folder's own config. */
  readonly config?: string;
  readonly runId?: string;
  /** Used in place of the file's text; `config` then only says where relative paths start. */
  readonly configJson?: string;
  readonly onBusy?: 'queue' | 'refuse';
  readonly isContinuation?: boolean;
  /** Whether the run is too short to earn back what large pages of memory cost when they are first touched. */
  readonly isBrief?: boolean;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly timeoutMs?: number;
}

export interface LaunchedRun {
  readonly runFolder: string;
  readonly pid: number;
  readonly lease: Lease;
  /** The exit code (null after a signal), for as long as this process lives to see it. */
  readonly exited: Promise<number | null>;
}

/** The trainer ended before it took its run folder, or took too long. */
export class LaunchError extends Error {
  /** The end of what the trainer wrote. May hold anything: show it through displayText. */
  readonly lastWords: string;
  readonly exitCode: number | null;
  /** The trainer's own reason, if it could tell one. */
  readonly error: RunError | null;

  constructor(message: string, lastWords: string, exitCode: number | null) {
    const error = errorIn(lastWords);
    super(error?.message ?? message);
    this.lastWords = lastWords;
    this.exitCode = exitCode;
    this.error = error;
  }
}

const TIMEOUT_MS = 15_000;
const LOOK_MS = 50;
/** What a debugged or packaged editor hands to its children, and a trainer must not inherit. */
const NOT_INHERITED = ['ELECTRON_RUN_AS_NODE', 'VSCODE_INSPECTOR_OPTIONS', 'NODE_CHANNEL_FD', 'NODE_UNIQUE_ID'];

/** Resolves when the trainer has written its lease. Rejects with `LaunchError` when it ends first or after 15 s. */
export async function launchTrainer(options: LaunchOptions): Promise<LaunchedRun> {
  const instanceId = randomBytes(16).toString('hex');
  await mkdir(dirname(options.runFolder), { recursive: true });
  const log = join(dirname(options.runFolder), `.${basename(options.runFolder)}-${instanceId.slice(0, 8)}.log`);
  const file = await promisify(openFile)(log, 'ax', 0o600);
  try {
    const child = spawnTrainer(options, instanceId, log, file);
    const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
    const lease = await leaseOf(child, options, instanceId, log);
    child.unref();
    return { runFolder: options.runFolder, pid: lease.pid, lease, exited };
  } finally {
    await promisify(close)(file);
  }
}

/** Runs a short-lived tool of the trainer (`doctor`, `preflight`, `grade`) and gives what it printed. Rejects with `LaunchError` where the tool tells a reason. */
export async function runTrainerTool(options: {
  readonly runtime: Runtime;
  readonly trainer: string;
  readonly args: readonly string[];
  /** The doctor looks at the disk and the runs of this folder. */
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  /** Hears of each whole line as it comes. */
  readonly onLine?: (line: string) => void;
}): Promise<string> {
  const running = promisify(execFile)(options.runtime.command, [options.trainer, ...options.args], {
    env: environment(options.runtime, options.env ?? process.env),
    windowsHide: true,
    maxBuffer: 64 << 20,
    timeout: options.timeoutMs ?? 60_000,
    ...(options.cwd ? { cwd: options.cwd } : {}),
    ...(options.signal ? { signal: options.signal } : {}),
  });
  if (options.onLine) tellLines(running.child, options.onLine);
  try {
    return (await running).stdout;
  } catch (error) {
    throw toolFailure(error);
  }
}

function tellLines({ stdout }: ChildProcess, onLine: (line: string) => void): void {
  let rest = '';
  stdout?.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  });
}

/** The reason that a tool told on its last line, if it did. */
function toolFailure(error: unknown): unknown {
  if (!(error instanceof Error && 'stderr' in error && typeof error.stderr === 'string')) return error;
  const failure = new LaunchError(error.message, error.stderr.trimEnd(), 'code' in error ? Number(error.code) : null);
  return failure.error === null ? error : failure;
}

function spawnTrainer(options: LaunchOptions, instanceId: string, log: string, file: number): ChildProcess {
  const { runtime, trainer, cwd } = options;
  const env = environment(runtime, options.env ?? process.env);
  return spawn(runtime.command, [trainer, ...trainerArguments(options, instanceId)], {
    detached: true,
    windowsHide: true,
    stdio: ['ignore', file, file],
    cwd: cwd ?? dirname(options.config ?? options.runFolder),
    env: { ...(options.isBrief ? env : withLargePages(env)), VALLEY_LOG: log },
  });
}

function trainerArguments(options: LaunchOptions, instanceId: string): string[] {
  const given = {
    '--config': options.config,
    '--run-folder': options.runFolder,
    '--run-id': options.runId,
    '--config-json': options.configJson,
    '--on-busy': options.onBusy,
    '--found-by': options.runtime.foundBy,
    '--instance': instanceId,
  };
  const pairs = Object.entries(given).flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${value}`]));
  return ['run', ...pairs, ...(options.isContinuation ? ['--continue'] : [])];
}

function environment(runtime: Runtime, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const inherited = Object.fromEntries(Object.entries(env).filter(([key]) => !NOT_INHERITED.includes(key)));
  return runtime.isElectron ? { ...inherited, ELECTRON_RUN_AS_NODE: '1' } : inherited;
}

/** Waits for the lease of this very process, racing its end. */
function leaseOf(child: ChildProcess, options: LaunchOptions, instanceId: string, log: string): Promise<Lease> {
  const budget = options.timeoutMs ?? TIMEOUT_MS;
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      clearInterval(look);
      clearTimeout(timer);
    };
    const fail = (message: string, exitCode: number | null): void => {
      settle();
      takeWords(options.runFolder, log).then((words) => reject(new LaunchError(message, words, exitCode)), reject);
    };
    const check = async (): Promise<boolean> => {
      const lease = await readLease(options.runFolder);
      if (lease?.instanceId !== instanceId) return false;
      settle();
      resolve(lease);
      return true;
    };
    const look = setInterval(() => check().catch(reject), LOOK_MS);
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      fail(`The trainer did not start within ${budget / 1000} s.`, null);
    }, budget);
    child.once('error', (error) => fail(`The trainer cannot be started: ${error.message}.`, null));
    child.once('exit', (code, signal) => {
      const ending = signal === null ? `with exit code ${code}` : `by ${signal}`;
      check().then((isThere) => isThere || fail(`The trainer ended ${ending} before its run began.`, code), reject);
    });
  });
}

/** The log lies beside the run folder until the trainer has taken the folder; what is left there is cleared away. */
async function takeWords(runFolder: string, log: string): Promise<string> {
  const words = (await endOf(log)) || (await lastWordsOf(runFolder));
  await rm(log, { force: true });
  return words;
}

/** A trainer that gives up before it has an event list says why as JSON on its last line. */
function errorIn(words: string): RunError | null {
  const line = words.slice(words.lastIndexOf('\n') + 1);
  try {
    const value: unknown = JSON.parse(line);
    return isRunError(value) ? value : null;
  } catch {
    return null;
  }
}
