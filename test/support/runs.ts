/** Starts real trainer processes in a folder of their own, looks at what they say, and leaves none behind. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import type { RunEvent, StampedEvent } from '../../src/protocol/events.ts';
import type { ExitRecord } from '../../src/protocol/runFolder.ts';
import { apply, newRun, type RunState } from '../../src/protocol/state.ts';
import { EventTail } from '../../src/runs/eventTail.ts';
import { readExit } from '../../src/runs/facts.ts';
import { launchTrainer, type LaunchedRun, type LaunchOptions } from '../../src/runs/launch.ts';
import { ownRuntime } from '../../src/runs/runtime.ts';
import { buildPrograms, type Programs } from './build.ts';
import type { FakePlan } from './fakeTrainer.ts';

/** No step takes that long, even where eight others share two cores. */
const PATIENCE = { timeout: 40_000, interval: 20 };

export class Runs {
  readonly folder = mkdtempSync(join(tmpdir(), 'runs-'));
  readonly programs: Programs;
  readonly #pids: number[] = [];
  #count = 0;

  private constructor(programs: Programs) {
    this.programs = programs;
    mkdirSync(join(this.folder, '.git'));
  }

  static async open(): Promise<Runs> {
    return new Runs(await buildPrograms());
  }

  /** Kills what still runs and removes everything. */
  close(): void {
    for (const pid of this.#pids) kill(pid, 'SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }

  newFolder(): string {
    return join(this.folder, '.valley', 'runs', `run-${++this.#count}`);
  }

  config(content: unknown = { recipe: 'sft' }, name = 'a.valley.jsonc'): string {
    const file = join(this.folder, name);
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
    return file;
  }

  /** Each run has its own queue for devices, unless `shared` names one. */
  environment(plan: FakePlan | null, shared?: string): NodeJS.ProcessEnv {
    const state = join(this.folder, 'state', shared ?? String(++this.#count));
    return { ...process.env, VALLEY_STATE_DIR: state, ...(plan && { VALLEY_FAKE: JSON.stringify(plan) }) };
  }

  /** A run of the fake recipe. */
  fake(plan: FakePlan, more: Partial<LaunchOptions> = {}): Promise<LaunchedRun> {
    return this.start({ trainer: this.programs.fakeTrainer, env: this.environment(plan), ...more });
  }

  async start(more: Partial<LaunchOptions>): Promise<LaunchedRun> {
    const run = await launchTrainer({
      runtime: ownRuntime(),
      trainer: this.programs.trainer,
      runFolder: this.newFolder(),
      ...(more.isContinuation || more.config ? {} : { config: this.config() }),
      env: this.environment(null),
      timeoutMs: PATIENCE.timeout,
      ...more,
    });
    this.#pids.push(run.pid);
    return run;
  }

  /** Remembers a process that something else has started. */
  adopt(pid: number): void {
    this.#pids.push(pid);
  }
}

export function eventsOf(runFolder: string): StampedEvent[] {
  const tail = new EventTail(runFolder);
  const events = tail.read();
  while (tail.hasMore) events.push(...tail.read());
  return events;
}

export const typesOf = (runFolder: string): string[] => eventsOf(runFolder).map(({ event }) => event.type);

export function stateOf(runFolder: string): RunState {
  const run = newRun();
  for (const event of eventsOf(runFolder)) apply(run, event);
  return run;
}

/** Waits until an event of a type (with these members) is in the list. */
export function untilEvent(runFolder: string, type: RunEvent['type'], members: object = {}): Promise<StampedEvent> {
  return vi.waitFor(() => {
    const found = eventsOf(runFolder).find(({ event }) => event.type === type && matches(event, members));
    if (found === undefined) throw new Error(`no ${type} in ${typesOf(runFolder).join(' ')}${logOf(runFolder)}`);
    return found;
  }, PATIENCE);
}

export const untilStep = (runFolder: string, step: number): Promise<StampedEvent> =>
  untilEvent(runFolder, 'step.finished', { step });

/** Waits for the exit record of the newest attempt. */
export function untilExit(runFolder: string, attempt = 1): Promise<ExitRecord> {
  return vi.waitFor(async () => {
    const exit = await readExit(runFolder);
    if (exit?.attempt !== attempt) throw new Error(`no exit record of attempt ${attempt}${logOf(runFolder)}`);
    return exit;
  }, PATIENCE);
}

/** Polls until something holds; the error is that of the last try. */
export const until = <T>(check: () => T | Promise<T>): Promise<T> => vi.waitFor(check, PATIENCE);

export function kill(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

const matches = (event: object, members: object): boolean =>
  Object.entries(members).every(([key, value]) => (event as Record<string, unknown>)[key] === value);

function logOf(runFolder: string): string {
  try {
    return `\ntrainer.log: ${readFileSync(join(runFolder, 'trainer.log'), 'utf8').slice(-2000)}`;
  } catch {
    return '\nno trainer.log';
  }
}
