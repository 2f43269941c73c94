/** What the step thread and the pulse thread say to each other: messages one way or the other, counters in shared memory. */
import type { MessagePort } from 'node:worker_threads';
import type { RunCommand } from '../protocol/events.ts';
import type { Sentence } from '../protocol/sentence.ts';

export interface PulseData {
  readonly runFolder: string;
  readonly runId: string;
  readonly instanceId: string;
  readonly token: string;
  readonly port: MessagePort;
  /** `PulseCounters` lie here. */
  readonly memory: SharedArrayBuffer;
}

export type ToPulse =
  /** An event was written. */
  | { readonly type: 'woke' }
  | { readonly type: 'sampled'; readonly text: string; readonly done: boolean }
  /** The lease is written: from now on it must stay ours. */
  | { readonly type: 'leased' }
  | { readonly type: 'close' };

export type FromPulse =
  /** Empty: no socket could be opened, for the reason given. */
  | { readonly type: 'listening'; readonly socketPath: string; readonly problem: string }
  | { readonly type: 'command'; readonly command: RunCommand }
  /** The run folder is gone or belongs to another trainer. */
  | { readonly type: 'lost'; readonly why: Sentence };

/** Numbers that both threads see without a message; the step thread writes them, the pulse thread reads. */
export class PulseCounters {
  static readonly BYTES = 24;
  readonly #values: BigInt64Array;

  constructor(memory: SharedArrayBuffer) {
    this.#values = new BigInt64Array(memory);
  }

  get step(): number {
    return this.#get(0);
  }
  set step(value: number) {
    this.#set(0, value);
  }

  /** Wall-clock time of the last sign of life of the step thread. */
  get lastProgress(): number {
    return this.#get(1);
  }
  set lastProgress(value: number) {
    this.#set(1, value);
  }

  /** Commands taken over by the step thread. */
  get taken(): number {
    return this.#get(2);
  }
  set taken(value: number) {
    this.#set(2, value);
  }

  #get(index: number): number {
    return Number(Atomics.load(this.#values, index));
  }
  #set(index: number, value: number): void {
    Atomics.store(this.#values, index, BigInt(value));
  }
}
