/** The run that a person looks at: the one last chosen in a tree or panel, else the newest. */
import { Listeners } from './listeners.ts';
import type { RunRegistry } from './runRegistry.ts';
import type { RunWatcher } from './runWatcher.ts';

export class Selection {
  readonly onDidChange = new Listeners<RunWatcher | null>();
  readonly #registry: RunRegistry;
  #chosen: string | null = null;

  constructor(registry: RunRegistry) {
    this.#registry = registry;
  }

  get run(): RunWatcher | null {
    const chosen = this.#chosen === null ? null : this.#registry.find(this.#chosen);
    return chosen ?? this.#registry.runs[0] ?? null;
  }

  choose(run: RunWatcher): void {
    if (this.#chosen === run.id) return;
    this.#chosen = run.id;
    this.onDidChange.call(run);
  }
}
