/** Follows one run from outside: its events folded into a RunState, its process observed. Knows no editor. */
import type { Score, StampedEvent } from '../protocol/events.ts';
import type { Health } from '../protocol/panel.ts';
import { apply, newRun, type RunState, type RunStatus } from '../protocol/state.ts';
import { EventTail } from '../runs/eventTail.ts';
import type { Observation } from '../runs/facts.ts';
import { isAbandoned, observe, statusOf } from '../runs/health.ts';
import { summarize, type RunSummary } from '../runs/listRuns.ts';
import { Listeners, type Stoppable } from './listeners.ts';

/** What happened to a run, for those who draw it. */
export type RunChange =
  /** The state is whole (again): draw everything anew. */
  | { readonly type: 'reset' }
  /** These were folded into the state. */
  | { readonly type: 'events'; readonly events: readonly StampedEvent[] }
  /** Status or health may have changed. */
  | { readonly type: 'looked' };

/** Ten batches a second are as fast as anyone reads. */
const BATCH_MS = 100;

export class RunWatcher {
  /** Id in messages and commands: the run id, made unique where a folder was copied. */
  readonly id: string;
  readonly folder: string;
  /** The workspace folder it belongs to. */
  readonly root: string;
  readonly onDidChange = new Listeners<RunChange>();
  status: RunStatus;
  health: Health;
  #summary: RunSummary;
  #state: RunState | null = null;
  #seen: Observation | null = null;
  #followers = 0;
  #following: Following | null = null;

  constructor(id: string, root: string, summary: RunSummary) {
    this.id = id;
    this.root = root;
    this.folder = summary.folder;
    this.status = summary.status;
    this.health = summary.health;
    this.#summary = summary;
  }

  /** The fold of all events; null until someone follows and the first reading is done. */
  get state(): RunState | null {
    return this.#state;
  }

  get isLive(): boolean {
    return isLive(this.status) && !isAbandoned(this.health);
  }

  /** What is known without reading all events, or from the events where they were read. */
  get summary(): RunSummary {
    const { status, health } = this;
    if (this.#state === null) return { ...this.#summary, status, health };
    const { name, recipe, attempt, startedAt, step, totalSteps, error } = this.#state;
    return {
      ...this.#summary,
      ...{ status, health, step, totalSteps, error },
      name: name === '' ? this.#summary.name : name,
      recipe: recipe ?? this.#summary.recipe,
      attempt: Math.max(attempt, this.#summary.attempt),
      startedAt: startedAt === 0 ? this.#summary.startedAt : startedAt,
      headline: headlineOf(this.#state) ?? this.#summary.headline,
    };
  }

  /** Events that were lost or damaged on disk. */
  get damaged(): number {
    return (this.#following?.tail.damaged ?? 0) + (this.#following?.tail.missing ?? 0);
  }

  /** Reads events as long as anyone who asked for it has not stopped. */
  follow(): Stoppable {
    this.#followers++;
    this.#following ??= this.#begin();
    let isOver = false;
    return {
      dispose: () => {
        if (!isOver && --this.#followers === 0) this.#end();
        isOver = true;
      },
    };
  }

  /** Takes what a fresh listing says. */
  renew(summary: RunSummary): void {
    this.#summary = summary;
    if (this.#state !== null) return void this.look();
    this.#judge(summary.status, summary.health);
  }

  /** Looks at process, heartbeat and exit record. Never guesses from silence. */
  async look(): Promise<void> {
    this.#seen = await observe(this.folder);
    if (this.#state !== null) return this.#judge(statusOf(this.#state, this.#seen), this.#seen.health);
    const summary = await summarize(this.folder);
    if (summary !== null) this.renew(summary);
  }

  /** Reads now what was written meanwhile. */
  wake(): void {
    this.#following?.wake();
  }

  dispose(): void {
    this.#followers = 0;
    this.#end();
  }

  #begin(): Following {
    return new Following(this.folder, (state, change) => {
      this.#state = state;
      if (this.#seen !== null) this.status = statusOf(state, this.#seen);
      this.onDidChange.call(change);
      if (change.type === 'reset' || change.events.some(({ event }) => event.type.startsWith('run.'))) void this.look();
    });
  }

  #judge(status: RunStatus, health: Health): void {
    const isSame = status === this.status && JSON.stringify(health) === JSON.stringify(this.health);
    this.status = status;
    this.health = health;
    if (!isSame) this.onDidChange.call({ type: 'looked' });
  }

  #end(): void {
    this.#following?.dispose();
    this.#following = null;
    this.#state = null;
  }
}

export const isLive = (status: RunStatus): boolean =>
  status === 'starting' || status === 'queued' || status === 'running' || status === 'paused';

const headlineOf = (run: RunState): Score | null => run.evaluations.at(-1)?.scores[0] ?? null;

type Read = Exclude<RunChange, { type: 'looked' }>;

/** The reading itself: batches of events, folded and passed on at most ten times a second. */
class Following {
  readonly tail: EventTail;
  readonly #tell: (state: RunState, change: Read) => void;
  readonly #stopWatching: () => void;
  #state = newRun();
  #generation = 0;
  #isWhole = false;
  #lastBatch = 0;
  #timer: NodeJS.Timeout | null = null;
  #isOver = false;

  constructor(folder: string, tell: (state: RunState, change: Read) => void) {
    this.tail = new EventTail(folder);
    this.#tell = tell;
    this.#stopWatching = this.tail.watch(() => this.wake());
    this.wake();
  }

  wake(): void {
    if (this.#isOver || this.#timer !== null) return;
    const wait = Math.max(0, BATCH_MS - (Date.now() - this.#lastBatch));
    this.#timer = setTimeout(() => this.#read(), this.#isWhole ? wait : 0);
  }

  dispose(): void {
    this.#isOver = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#stopWatching();
  }

  #read(): void {
    this.#timer = null;
    this.#lastBatch = Date.now();
    const events = this.tail.read();
    if (this.tail.generation !== this.#generation) {
      this.#generation = this.tail.generation;
      this.#state = newRun();
      this.#isWhole = false;
    }
    for (const event of events) apply(this.#state, event);
    this.#pass(events);
    if (this.tail.hasMore) this.wake();
  }

  /** Nothing is passed on before the first reading reached the end of the file. */
  #pass(events: readonly StampedEvent[]): void {
    if (this.#isWhole && events.length > 0) this.#tell(this.#state, { type: 'events', events });
    if (this.#isWhole || this.tail.hasMore) return;
    this.#isWhole = true;
    this.#tell(this.#state, { type: 'reset' });
  }
}
