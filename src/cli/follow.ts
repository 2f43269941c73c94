/** Follows a run from outside until its process has ended, as any observer does: by its folder. */
import { setTimeout as delay } from 'node:timers/promises';
import { newRun, apply, type RunState } from '../protocol/state.ts';
import { EventTail } from '../runs/eventTail.ts';
import type { Observation } from '../runs/facts.ts';
import { observe, statusOf } from '../runs/health.ts';
import type { Reporter } from './reporters/reporter.ts';
import type { Outcome } from './summary.ts';

const LOOK_MS = 100;
const OBSERVE_MS = 1000;

/** Tells the events of `attempt` and later ones; those before are only folded. Resolves when nothing more can come. */
export async function follow(runFolder: string, attempt: number, reporter: Reporter): Promise<Outcome> {
  const started = performance.now();
  const reader = new Reader(runFolder, attempt, reporter);
  for (let observed = Number.NEGATIVE_INFINITY; ;) {
    const isDue = performance.now() - observed >= OBSERVE_MS || reader.isFinal;
    // Observed before reading: all that was written before the end is read after it.
    const seen = isDue ? await observe(runFolder) : null;
    reader.read();
    if (seen) {
      observed = performance.now();
      if (seen.health.kind === 'ended' || seen.health.kind === 'lost')
        return outcome(reader.run, seen, (performance.now() - started) / 1000);
      reporter.tick(reader.run, seen.health);
    } else reporter.tick(reader.run, { kind: 'alive' });
    await delay(LOOK_MS);
  }
}

class Reader {
  run: RunState = newRun();
  readonly #tail: EventTail;
  readonly #attempt: number;
  readonly #reporter: Reporter;
  #generation: number;

  constructor(runFolder: string, attempt: number, reporter: Reporter) {
    this.#tail = new EventTail(runFolder);
    this.#generation = this.#tail.generation;
    this.#attempt = attempt;
    this.#reporter = reporter;
  }

  /** Whether the run has told its own end in this attempt. */
  get isFinal(): boolean {
    const { status, attempt } = this.run;
    return attempt >= this.#attempt && (status === 'finished' || status === 'stopped' || status === 'failed');
  }

  read(): void {
    do {
      const events = this.#tail.read();
      if (this.#tail.generation !== this.#generation) this.run = newRun();
      this.#generation = this.#tail.generation;
      for (const stamped of events) {
        apply(this.run, stamped);
        if (stamped.attempt >= this.#attempt) this.#reporter.event(stamped, this.run);
      }
    } while (this.#tail.hasMore);
  }
}

function outcome(run: RunState, seen: Observation, seconds: number): Outcome {
  const state = statusOf(run, seen);
  const lastWords = seen.health.kind === 'lost' ? seen.health.lastWords : '';
  const error = state === 'failed' ? (run.error ?? seen.exit?.error ?? null) : null;
  return { runFolder: seen.folder, run, state, seconds: Math.round(seconds * 10) / 10, error, lastWords };
}
