/** The run that a person looks at: the one last chosen in a tree or panel, else the newest. */
import { isTrainingRecipe } from '../protocol/events.ts';
import { Listeners } from './listeners.ts';
import type { RunRegistry } from './runRegistry.ts';
import type { RunWatcher } from './runWatcher.ts';

export class Selection {
  readonly onDidChange = new Listeners<RunWatcher | null>();
  readonly #registry: RunRegistry;
  #chosen: string | null = null;
  #chosenTrained: string | null = null;

  constructor(registry: RunRegistry) {
    this.#registry = registry;
  }

  get run(): RunWatcher | null {
    const chosen = this.#chosen === null ? null : this.#registry.find(this.#chosen);
    return chosen ?? this.#registry.runs[0] ?? null;
  }

  /** The run whose checkpoints are meant: an evaluation or a sample that is looked at has none and changes nothing. */
  get trained(): RunWatcher | null {
    const chosen = this.#chosenTrained === null ? null : this.#registry.find(this.#chosenTrained);
    return chosen ?? this.#registry.runs.find(hasTrained) ?? null;
  }

  choose(run: RunWatcher): void {
    if (this.#chosen === run.id) return;
    this.#chosen = run.id;
    if (hasTrained(run)) this.#chosenTrained = run.id;
    this.onDidChange.call(run);
  }
}

/** Only these runs have checkpoints of their own. */
export const hasTrained = (run: RunWatcher): boolean => isTrainingRecipe(run.summary.recipe);
