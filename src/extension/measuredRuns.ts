/** What the runs of the workspace were measured at, read from their event lists when somebody asks. Knows no editor. */
import type { RunEvent } from '../protocol/events.ts';
import type { MeasuredRun } from '../protocol/panel.ts';
import { apply, newRun, type RunState } from '../protocol/state.ts';
import { EventTail } from '../runs/eventTail.ts';
import { breathe } from './breathe.ts';
import type { RunWatcher } from './runWatcher.ts';

/** More runs than this are no scoreboard. */
const RUNS_SENT = 200;

/** What tells of evaluations, and which of them a continued run has left behind. */
const TOLD_BY: readonly RunEvent['type'][] = ['run.started', 'evaluation.finished', 'samples.written'];

interface Reading {
  readonly tail: EventTail;
  generation: number;
  state: RunState;
}

/** Reads on where it stopped the last time; what was read of a run goes with its watcher. */
export class MeasuredRuns {
  readonly #readings = new WeakMap<RunWatcher, Reading>();

  /** Those that were measured, in the order they came, at most a stated number. */
  async of(runs: readonly RunWatcher[]): Promise<MeasuredRun[]> {
    const found: MeasuredRun[] = [];
    for (const run of runs) {
      if (found.length === RUNS_SENT) break;
      const measured = await this.one(run);
      if (measured.evaluations.length > 0) found.push(measured);
    }
    return found;
  }

  async one(run: RunWatcher): Promise<MeasuredRun> {
    const { evaluations, sampleFiles } = run.state ?? (await this.#read(run));
    const { name, recipe } = run.summary;
    return { run: run.id, name, recipe, evaluations, sampleFiles };
  }

  async #read(run: RunWatcher): Promise<RunState> {
    const reading = this.#readings.get(run) ?? { tail: new EventTail(run.folder), generation: 0, state: newRun() };
    this.#readings.set(run, reading);
    do {
      readOn(reading);
      await breathe();
    } while (reading.tail.hasMore);
    return reading.state;
  }
}

function readOn(reading: Reading): void {
  const events = reading.tail.read();
  if (reading.tail.generation !== reading.generation) {
    reading.generation = reading.tail.generation;
    reading.state = newRun();
  }
  for (const stamped of events) if (TOLD_BY.includes(stamped.event.type)) apply(reading.state, stamped);
}
