/** A store of a ladder's trainings in memory: what a process that was killed would find again. */
import type { Cells, TrainingEnding } from '../../../src/engine/recipes/ladderDeps.ts';
import type { CellResult } from '../../../src/protocol/ladder.ts';
import type { SavedState } from '../../../src/protocol/savedState.ts';
import { codeOf, runErrorOf } from '../../../src/trainer/failure.ts';

export class MemoryCells implements Cells {
  readonly endings = new Map<string, TrainingEnding>();
  readonly states = new Map<string, SavedState>();
  readonly #results = new Map<string, Map<number, CellResult>>();

  begin(): void {}

  /** As if its folder had been deleted. */
  forget(training: string): void {
    for (const kept of [this.endings, this.states, this.#results]) kept.delete(training);
  }

  results(training: string): readonly CellResult[] {
    return [...(this.#results.get(training) ?? [])].sort(([a], [b]) => a - b).map(([, result]) => result);
  }

  keep(training: string, result: CellResult): void {
    const kept = this.#results.get(training) ?? new Map<number, CellResult>();
    this.#results.set(training, kept.set(result.key.step, result));
  }

  ending(training: string): TrainingEnding | null {
    return this.endings.get(training) ?? null;
  }

  finish(training: string): void {
    this.endings.set(training, { type: 'finished' });
  }

  fail(training: string, thrown: unknown) {
    if (codeOf(thrown) !== 'diverged') return null;
    const error = runErrorOf(thrown);
    this.endings.set(training, { type: 'failed', error });
    return error;
  }

  model(training: string): SavedState {
    const state = this.resume(training);
    if (!state) throw new Error(`${training} has left no model.`);
    return state;
  }

  resume(training: string): SavedState | null {
    return structuredClone(this.states.get(training) ?? null);
  }

  resumeStep(training: string): number {
    return this.states.get(training)?.step ?? 0;
  }

  save(training: string) {
    return async (state: SavedState) => {
      this.states.set(training, structuredClone(state));
      return [];
    };
  }
}
