/** All runs of all workspace folders, found on disk and kept up to date. Knows no editor. */
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { listRuns, summarize, type RunSummary } from '../runs/listRuns.ts';
import { runsFolderOf } from '../runs/runsRoot.ts';
import { Listeners, type Stoppable } from './listeners.ts';
import { RunWatcher } from './runWatcher.ts';

const LOOK_MS = 2000;

export class RunRegistry {
  /** The list (null) or one run changed. */
  readonly onDidChange = new Listeners<RunWatcher | null>();
  /** A run that was seen alive is not any more. */
  readonly onDidEnd = new Listeners<RunWatcher>();
  readonly #runs = new Map<string, RunWatcher>();
  readonly #following = new Map<RunWatcher, Stoppable>();
  readonly #wasLive = new Set<RunWatcher>();
  readonly #lookMs: number;
  #roots: readonly string[] = [];
  #listing = '';
  #timer: NodeJS.Timeout | null = null;
  #isLooking = false;
  #scan: Promise<void> = Promise.resolve();
  #tellScanned: () => void = () => {};

  /** Resolves after the first listing. */
  readonly whenScanned: Promise<void> = new Promise((resolve) => {
    this.#tellScanned = resolve;
  });

  /** `lookMs`: how often folders and live processes are looked at. */
  constructor(lookMs = LOOK_MS) {
    this.#lookMs = lookMs;
  }

  /** Newest first. */
  get runs(): readonly RunWatcher[] {
    return [...this.#runs.values()].sort((a, b) => basename(b.folder).localeCompare(basename(a.folder)));
  }

  get roots(): readonly string[] {
    return this.#roots;
  }

  find(id: string): RunWatcher | null {
    return this.#runs.get(id) ?? null;
  }

  findFolder(folder: string): RunWatcher | null {
    return this.runs.find((run) => run.folder === folder) ?? null;
  }

  /** Looks for runs in these workspace folders from now on, and at once. */
  async setRoots(roots: readonly string[]): Promise<void> {
    this.#roots = roots;
    for (const run of this.runs) if (!roots.includes(run.root)) this.#drop(run);
    this.#timer ??= setInterval(() => void this.#look(), this.#lookMs);
    await this.scan();
  }

  /** Reads the list of runs anew. */
  scan(): Promise<void> {
    const next = (): Promise<void> => this.#scanNow();
    // One that failed holds up none that follows.
    this.#scan = this.#scan.then(next, next);
    return this.#scan;
  }

  /** Takes in a run that was just started, without waiting for the next look. */
  async add(folder: string): Promise<RunWatcher | null> {
    const summary = await summarize(folder);
    if (summary === null) return null;
    const root = dirname(dirname(dirname(folder)));
    if (!this.#roots.includes(root)) this.#roots = [...this.#roots, root];
    const run = this.#take(root, summary);
    this.onDidChange.call(null);
    return run;
  }

  dispose(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    for (const run of this.runs) this.#drop(run);
  }

  async #scanNow(): Promise<void> {
    const seen = new Set<string>();
    for (const root of this.#roots)
      for (const summary of await listRuns(runsFolderOf(root))) {
        seen.add(summary.folder);
        this.#take(root, summary);
      }
    for (const run of this.runs) if (!seen.has(run.folder)) this.#drop(run);
    this.#tellScanned();
    this.onDidChange.call(null);
  }

  #take(root: string, summary: RunSummary): RunWatcher {
    const known = this.findFolder(summary.folder);
    if (known !== null) {
      known.renew(summary);
      return known;
    }
    const id = this.#runs.has(summary.runId) ? `${summary.runId} ${basename(summary.folder)}` : summary.runId;
    const run = new RunWatcher(id, root, summary);
    this.#runs.set(id, run);
    run.onDidChange.add(() => {
      this.#judge(run);
      this.onDidChange.call(run);
    });
    this.#judge(run);
    return run;
  }

  /** Live runs are followed; the moment one stops being live is told once. */
  #judge(run: RunWatcher): void {
    if (run.isLive) {
      this.#wasLive.add(run);
      if (!this.#following.has(run)) this.#following.set(run, run.follow());
    } else if (this.#wasLive.delete(run)) {
      this.onDidEnd.call(run);
    }
  }

  #drop(run: RunWatcher): void {
    this.#runs.delete(run.id);
    this.#following.delete(run);
    this.#wasLive.delete(run);
    run.dispose();
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      await this.#lookAtFolders();
      for (const run of this.runs) if (run.isLive || run.health.kind === 'notResponding') await run.look();
    } finally {
      this.#isLooking = false;
    }
  }

  /** Reads the list anew where run folders or leases came, went or were replaced: a run may be started from a terminal. */
  async #lookAtFolders(): Promise<void> {
    const listings = await Promise.all(this.#roots.map((root) => listingOf(runsFolderOf(root))));
    const listing = listings.join('\n');
    if (listing === this.#listing) return;
    await this.scan();
    this.#listing = listing;
  }
}

/** Names of the run folders with the time of their lease. */
async function listingOf(runsFolder: string): Promise<string> {
  const names = await readdir(runsFolder).catch(() => []);
  const times = names.map(async (name) => {
    const info = await stat(join(runsFolder, name, 'run.json')).catch(() => null);
    return `${name} ${info?.mtimeMs ?? '-'}`;
  });
  return (await Promise.all(times)).sort().join('\n');
}
