/** Keeps what the trainings of a ladder leave behind, each in a folder of its own below cells/ of the run folder. */
import { join } from 'node:path';
import type { KeepingPolicy } from './keepingPolicy.ts';
import {
  listCheckpoints,
  newestGoodCheckpoint,
  readCheckpoint,
  readModel,
  resolveCheckpoint,
} from '../data/checkpointFolder.ts';
import { parse } from '../data/checkpointManifest.ts';
import { readWhole, removeTree, replaceAtomically } from '../data/durable.ts';
import { realFiles } from '../data/files.ts';
import type { RecipeDeps } from '../engine/recipes/deps.ts';
import type { Cells, TrainingEnding } from '../engine/recipes/ladderDeps.ts';
import type { RunError } from '../protocol/events.ts';
import type { CellResult } from '../protocol/ladder.ts';
import { RUN_FOLDER } from '../protocol/runFolder.ts';
import type { SavedModel, SavedState } from '../protocol/savedState.ts';
import { CheckpointStore } from './checkpointStore.ts';
import { codeOf, runErrorOf } from './failure.ts';

export interface CellStoreOptions {
  readonly runFolder: string;
  readonly runId: string;
  /** SHA-256 of the resolved config of the ladder. */
  readonly configHash: string;
  readonly policy: KeepingPolicy;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Why nothing may be written any more; null as long as it may. */
  readonly lost: () => Error | null;
}

const ENDING = 'ending.json';
const RESULT = /^result-\d{8}-[0-9a-f]{8}\.json$/;

export class CellStore implements Cells {
  readonly #options: CellStoreOptions;

  constructor(options: CellStoreOptions) {
    this.#options = options;
  }

  results(training: string): readonly CellResult[] {
    const folder = this.#folder(training);
    if (realFiles.kind(folder) === null) return [];
    const names = realFiles.list(folder).filter((name) => RESULT.test(name));
    return names.toSorted().map((name) => read(join(folder, name)) as CellResult);
  }

  begin(training: string, config: object): void {
    this.#write(training, RUN_FOLDER.resolvedConfig, config);
  }

  forget(training: string): void {
    const folder = this.#folder(training);
    // First, so that what is half removed is never taken for finished.
    removeTree(realFiles, join(folder, ENDING));
    removeTree(realFiles, folder);
  }

  keep(training: string, result: CellResult): void {
    const { step, evaluation } = result.key;
    this.#write(training, `result-${String(step).padStart(8, '0')}-${evaluation.slice(-8)}.json`, result);
  }

  ending(training: string): TrainingEnding | null {
    const file = join(this.#folder(training), ENDING);
    return realFiles.kind(file) === null ? null : (read(file) as TrainingEnding);
  }

  finish(training: string): void {
    this.#end(training, { type: 'finished' });
    const newest = newestGoodCheckpoint(this.#folder(training)).found;
    for (const { folder, pinned } of newest ? listCheckpoints(this.#folder(training)) : [])
      if (folder !== newest?.folder && !pinned) removeTree(realFiles, folder);
  }

  /** A training whose loss is not finite is a result; a full disk or a lost device is none. */
  fail(training: string, thrown: unknown): RunError | null {
    if (codeOf(thrown) !== 'diverged') return null;
    const error = runErrorOf(thrown);
    this.#end(training, { type: 'failed', error });
    return error;
  }

  model(training: string): SavedModel {
    return readModel(resolveCheckpoint(this.#folder(training)));
  }

  resume(training: string): SavedState | null {
    const { found } = newestGoodCheckpoint(this.#folder(training));
    return found && readCheckpoint(found.folder);
  }

  resumeStep(training: string): number {
    return newestGoodCheckpoint(this.#folder(training)).found?.step ?? 0;
  }

  save(training: string): RecipeDeps['save'] {
    const { runId, configHash, policy, now, lost } = this.#options;
    let store: CheckpointStore | null = null;
    return (state, cause, score) => {
      const why = lost();
      if (why !== null) return Promise.reject(why);
      store ??= CheckpointStore.open({ runFolder: this.#made(training), runId, configHash, policy, now });
      return store.save(state, cause, score);
    };
  }

  #end(training: string, ending: TrainingEnding): void {
    this.#write(training, ENDING, ending);
  }

  #write(training: string, name: string, value: unknown): void {
    replaceAtomically(realFiles, join(this.#made(training), name), `${JSON.stringify(value)}\n`);
  }

  #folder(training: string): string {
    return join(this.#options.runFolder, RUN_FOLDER.cells, training);
  }

  #made(training: string): string {
    realFiles.makeFolder(join(this.#options.runFolder, RUN_FOLDER.cells));
    const folder = this.#folder(training);
    realFiles.makeFolder(folder);
    return folder;
  }
}

function read(file: string): unknown {
  return parse(new TextDecoder().decode(readWhole(realFiles, file, LONGEST)));
}

/** Of a result with every answer of a hundred thousand problems. */
const LONGEST = 64 << 20;
