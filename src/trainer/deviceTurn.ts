/** A run's turn on its device: waited for in the queue, given up in a pause, given back at the end. */
import type { RunEvent } from '../protocol/events.ts';
import type { Desk } from './commands.ts';
import { acquireDevice, type DeviceLease } from './deviceQueue.ts';

export interface DeviceTurnOptions {
  /** `cpu` or `gpu`. */
  readonly device: string;
  readonly runId: string;
  readonly name: string;
  readonly desk: Desk;
  readonly say: (event: RunEvent) => Promise<void>;
}

export class DeviceTurn {
  readonly #options: DeviceTurnOptions;
  #lease: DeviceLease | null = null;

  constructor(options: DeviceTurnOptions) {
    this.#options = options;
  }

  /** Waits for the device and tells of it. False if someone stopped the run meanwhile. Throws `deviceBusy` where it is not to wait. */
  async take(onBusy: 'queue' | 'refuse'): Promise<boolean> {
    const { device, runId, name, desk, say } = this.#options;
    const waiting = new AbortController();
    const watching = this.#abortOnEnd(waiting);
    let told = Promise.resolve();
    const onQueued = (behind: string): void => {
      told = told.then(() => say({ type: 'run.queued', device, behind })).catch((error) => desk.lose(error));
    };
    try {
      this.#lease = await acquireDevice({ device, runId, name, onBusy, onQueued, signal: waiting.signal });
      return true;
    } catch (error) {
      if (!this.#isEnding) throw error;
      this.#lease = null;
      return false;
    } finally {
      waiting.abort();
      desk.tell();
      await Promise.all([watching, told]);
    }
  }

  release(): void {
    this.#lease?.release();
  }

  get #isEnding(): boolean {
    const { desk } = this.#options;
    return desk.stopping !== 'no' || desk.lost !== null;
  }

  async #abortOnEnd(gaveUp: AbortController): Promise<void> {
    while (!gaveUp.signal.aborted) {
      if (this.#isEnding) gaveUp.abort();
      else await this.#options.desk.changed();
    }
  }
}
