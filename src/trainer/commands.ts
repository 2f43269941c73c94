/** What people ask of the trainer while it works: checked at the border, kept until the recipe looks. */
import type { Request } from '../engine/recipes/deps.ts';
import type { RunCommand, RunEvent } from '../protocol/events.ts';

/** Requests beyond this many are dropped: a client that sends so fast is broken. */
const KEPT = 100;
const LONGEST_PROMPT = 100_000;
const LONGEST_COMPLETION = 1_000_000;

/** Thrown into a recipe that looks for requests when everything is to end at once. */
export class EndNow extends Error {}

/** Null for anything that is no command of this protocol. */
export function parseCommand(value: unknown): RunCommand | null {
  if (typeof value !== 'object' || value === null) return null;
  const { type, now, prompt, temperature, maxNewTokens, seed } = value as Record<string, unknown>;
  switch (type) {
    case 'pause':
    case 'resume':
    case 'saveCheckpoint':
      return { type };
    case 'stop':
      return { type, now: now === true };
    case 'sample':
      if (typeof prompt !== 'string' || prompt === '' || prompt.length > LONGEST_PROMPT) return null;
      if (typeof temperature !== 'number' || !(temperature >= 0 && temperature <= 10)) return null;
      if (!isWhole(maxNewTokens, 1, LONGEST_COMPLETION) || !isWhole(seed, 0, Number.MAX_SAFE_INTEGER)) return null;
      return { type, prompt, temperature, maxNewTokens, seed };
    default:
      return null;
  }
}

const isWhole = (value: unknown, least: number, most: number): value is number =>
  Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most;

/** The wishes that are not yet fulfilled. */
export class Desk {
  isPaused = false;
  stopping: 'no' | 'orderly' | 'now' = 'no';
  /** Why nothing may be written any more; set once. */
  lost: Error | null = null;

  #requests: Request[] = [];
  /** Samples and checkpoints that were asked for and have not come yet: a paused run still owes them. */
  #owed = 0;
  #waiting: (() => void)[] = [];

  accept(command: RunCommand): void {
    switch (command.type) {
      case 'stop':
        this.#stop(command.now === true);
        break;
      case 'pause':
        this.isPaused = this.stopping === 'no';
        break;
      case 'resume':
        this.isPaused = false;
        break;
      case 'saveCheckpoint':
      case 'sample':
        this.#ask(command);
        break;
      default:
        command satisfies never;
    }
    this.tell();
  }

  lose(reason: Error): void {
    this.lost ??= reason;
    this.tell();
  }

  /** Whether nothing is to be done until the next command. */
  get isHolding(): boolean {
    return this.isPaused && this.stopping === 'no' && this.#owed === 0 && this.lost === null;
  }

  /** What a recipe takes between two steps. Throws where it must not go on at all. */
  take(): readonly Request[] {
    if (this.lost !== null) throw this.lost;
    if (this.stopping === 'now') throw new EndNow('The run is to end at once.');
    return this.#requests.splice(0);
  }

  /** Settles what a recipe has done. A step shows that it had looked at all requests before. */
  settle(event: RunEvent): void {
    const isAnswer =
      (event.type === 'completions.sampled' && event.purpose === 'interactive') ||
      (event.type === 'checkpoint.saved' && event.cause === 'asked');
    if (isAnswer && this.#owed > 0) this.#owed--;
    if (event.type === 'step.finished' && this.#requests.length === 0) this.#owed = 0;
  }

  /** Resolves at the next command. */
  changed(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #stop(now: boolean): void {
    if (now) this.stopping = 'now';
    else if (this.stopping === 'no') {
      this.stopping = 'orderly';
      this.#requests.push({ type: 'stop' });
    }
    this.isPaused = false;
  }

  #ask(request: Request): void {
    if (this.#requests.length >= KEPT) return;
    if (request.type === 'saveCheckpoint' && this.#requests.some(({ type }) => type === 'saveCheckpoint')) return;
    this.#requests.push(request);
    this.#owed++;
  }

  /** Lets everyone who waits look again. */
  tell(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
