/** Writes checkpoints so that a crash, a power cut or a full disk never costs the last good one, and keeps as many as the policy says. */
import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import {
  type Checkpoint,
  describeCheckpoint,
  listCheckpoints,
  SET_ASIDE,
  verifyCheckpoint,
} from '../data/checkpointFolder.ts';
import {
  ADAPTER_FILES,
  CHECKPOINT_FILES,
  CHECKPOINT_VERSION,
  encodeManifest,
  MANIFEST,
} from '../data/checkpointManifest.ts';
import { DataFailure, FileFailure } from '../data/dataFailure.ts';
import { removeIfThere, removeTree, renameFile, writeNew } from '../data/durable.ts';
import { type FilePort, realFiles } from '../data/files.ts';
import { encodeSafetensors } from '../data/safetensors.ts';
import type { SaveEvent } from '../engine/recipes/deps.ts';
import type { CheckpointRemoved, CheckpointSaved } from '../protocol/events.ts';
import { type CheckpointManifest, checkpointName, PINNED_MARKER, RUN_FOLDER } from '../protocol/runFolder.ts';
import { ALWAYS_KEPT, type Candidate, type KeepingPolicy, type Removal, removalsBy } from './keepingPolicy.ts';
import { logged } from '../protocol/logged.ts';
import { said, saidBy, saidTogether } from '../protocol/sentence.ts';
import type { NamedArrays, SavedAdapter, SavedState, TextFiles } from '../protocol/savedState.ts';

export interface CheckpointStoreOptions {
  readonly runFolder: string;
  readonly runId: string;
  /** SHA-256 of the resolved config. */
  readonly configHash: string;
  readonly policy: KeepingPolicy;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly files?: FilePort;
}

/** Left free on the disk beside the checkpoint, for events and samples. */
const RESERVE = 16 << 20;
/** After so many failed saves in a row the run fails. */
const MOST_FAILURES = 2;
const LEFT_OVER = /^step-\d{8}\.(tmp|gone)-[0-9a-f]+$/;

type Unnamed = Omit<Checkpoint, 'name' | 'folder'>;

/** The checkpoints of one run. One store per run folder at a time. */
export class CheckpointStore {
  readonly #options: CheckpointStoreOptions;
  readonly #files: FilePort;
  readonly #folder: string;
  /** Names whose files this process has read and found right. */
  readonly #verified = new Set<string>();
  #failures = 0;
  #bestScore = -Infinity;

  private constructor(options: CheckpointStoreOptions) {
    this.#options = options;
    this.#files = options.files ?? realFiles;
    this.#folder = join(options.runFolder, RUN_FOLDER.checkpoints);
  }

  /** Makes the folder and clears what an earlier process left half done. Throws `FileFailure`. */
  static open(options: CheckpointStoreOptions): CheckpointStore {
    const store = new CheckpointStore(options);
    store.#files.makeFolder(store.#folder);
    store.#files.syncFolder(options.runFolder);
    store.#sweep();
    for (const { manifest } of store.#list()) store.#noteScore(manifest.score);
    return store;
  }

  /**
   * Saves, then removes what the policy does not keep. The new checkpoint is read back and verified before any other is touched.
   * A first failure of the disk is told as a `log.written` and tried again by the next save.
   * Throws `DataFailure`: `diskFull` or `runFolderLost` at the second failure in a row or when no save will follow; `diverged` for a number that is not finite.
   */
  async save(state: SavedState, cause: CheckpointSaved['cause'], score: number | null): Promise<readonly SaveEvent[]> {
    refuseNotFinite(state.step, { ...state.weights, ...state.optimizer, ...state.adapter?.weights });
    let saved: Checkpoint;
    try {
      saved = this.#write(state, score);
    } catch (error) {
      return [this.#failed(error, state.step, cause)];
    }
    this.#failures = 0;
    return [this.#told(saved, cause), ...this.#applyPolicy(saved.name)];
  }

  #list(): readonly Checkpoint[] {
    return listCheckpoints(this.#options.runFolder, this.#files);
  }

  #write(state: SavedState, score: number | null): Checkpoint {
    const name = checkpointName(state.step);
    const folder = join(this.#folder, name);
    const temporary = join(this.#folder, `${name}.tmp-${unique()}`);
    try {
      this.#checkSpace(sizeOf(state));
      this.#files.makeFolder(temporary);
      const checkpoint = this.#fill(temporary, state, score, describeCheckpoint(folder, this.#files));
      this.#verify(temporary);
      this.#publish(temporary, folder);
      this.#verified.add(name);
      return { ...checkpoint, name, folder };
    } catch (error) {
      removeIfThere(this.#files, temporary);
      throw error;
    }
  }

  #checkSpace(bytes: number): void {
    const needed = Math.ceil(bytes * 1.1) + RESERVE;
    const free = this.#files.freeBytes(this.#folder);
    if (free >= needed) return;
    throw new FileFailure(
      said`write a checkpoint (${megabytes(needed)} needed, ${megabytes(free)} free) to`,
      this.#folder,
      'ENOSPC',
    );
  }

  /** Writes all files, the manifest last. `former` is the checkpoint of the same step that will be replaced. */
  #fill(folder: string, state: SavedState, score: number | null, former: Checkpoint | null): Unnamed {
    const { runId, configHash, now } = this.#options;
    const files = Object.entries(partsOf(state)).map(([name, chunks]) => ({
      name,
      ...writeNew(this.#files, join(folder, name), chunks),
    }));
    const manifest: CheckpointManifest = {
      v: CHECKPOINT_VERSION,
      runId,
      step: state.step,
      time: now(),
      configHash,
      files,
      score: score ?? formerScore(files, former),
    };
    writeNew(this.#files, join(folder, MANIFEST), [Buffer.from(encodeManifest(manifest))]);
    const pinned = former?.pinned ?? false;
    if (pinned) writeNew(this.#files, join(folder, PINNED_MARKER), []);
    this.#files.syncFolder(folder);
    return { step: state.step, manifest, bytes: bytesOf(files), pinned };
  }

  /** Reads back all that was written. */
  #verify(folder: string): void {
    const problems = verifyCheckpoint(folder, this.#files);
    if (problems.length) throw new FileFailure(said`read back (${saidTogether(problems)})`, folder, 'EIO');
  }

  /** Gives the finished folder its name; a former one of that name is set aside until the new one is in its place. */
  #publish(temporary: string, target: string): void {
    const former = this.#files.kind(target) === null ? null : `${target}.old-${unique()}`;
    if (former) renameFile(this.#files, target, former);
    try {
      renameFile(this.#files, temporary, target);
    } catch (error) {
      if (former) renameFile(this.#files, former, target);
      throw error;
    }
    this.#files.syncFolder(this.#folder);
    if (former) removeIfThere(this.#files, former);
  }

  #told({ step, name, bytes, manifest: { score } }: Checkpoint, cause: CheckpointSaved['cause']): CheckpointSaved {
    const best = score !== null && score >= this.#bestScore;
    this.#noteScore(score);
    return { type: 'checkpoint.saved', step, checkpoint: name, bytes, cause, best };
  }

  #noteScore(score: number | null): void {
    if (score !== null) this.#bestScore = Math.max(this.#bestScore, score);
  }

  #failed(error: unknown, step: number, cause: CheckpointSaved['cause']): SaveEvent {
    if (!(error instanceof DataFailure)) throw error;
    this.#failures++;
    if (this.#failures >= MOST_FAILURES || cause === 'stopping' || cause === 'final') throw error;
    const what = said`The checkpoint of step ${step} was not saved.`;
    const comfort = 'Training goes on; the next save tries again.';
    return logged('warning', saidTogether([what, saidBy(error), error.remedy ?? '', comfort]));
  }

  #applyPolicy(saved: string): readonly SaveEvent[] {
    return orWarning(() => this.#removals(saved).flatMap(({ checkpoint, reason }) => this.#remove(checkpoint, reason)));
  }

  /** What may go: decided over checkpoints of which the newest two are known to be good. */
  #removals(saved: string): readonly Removal<Checkpoint & Candidate>[] {
    const damaged: Removal<Checkpoint & Candidate>[] = [];
    let candidates = this.#list().map((one) => ({ ...one, score: one.manifest.score }));
    for (;;) {
      const removals = removalsBy(this.#options.policy, candidates, saved);
      const bad = candidates.slice(0, ALWAYS_KEPT).find((one) => !this.#isGood(one));
      if (!removals.length || !bad) return [...removals, ...damaged];
      candidates = candidates.filter((one) => one !== bad);
      if (!bad.pinned) damaged.push({ checkpoint: bad, reason: 'damaged' });
    }
  }

  #isGood({ name, folder }: Checkpoint): boolean {
    if (!this.#verified.has(name) && !verifyCheckpoint(folder, this.#files).length) this.#verified.add(name);
    return this.#verified.has(name);
  }

  /** Takes the name away first, so that a half removed folder is never taken for a checkpoint. */
  #remove({ step, name, folder }: Checkpoint, reason: CheckpointRemoved['reason']): readonly SaveEvent[] {
    return orWarning(() => {
      const gone = join(dirname(folder), `${checkpointName(step)}.gone-${unique()}`);
      renameFile(this.#files, folder, gone);
      this.#verified.delete(name);
      removeTree(this.#files, gone);
      return [{ type: 'checkpoint.removed', step, checkpoint: name, reason }];
    });
  }

  /** Removes what a crash left half done, and puts a checkpoint back whose replacement never came. */
  #sweep(): void {
    for (const name of this.#files.list(this.#folder)) {
      const path = join(this.#folder, name);
      const plain = SET_ASIDE.exec(name)?.[1];
      if (LEFT_OVER.test(name)) removeIfThere(this.#files, path);
      else if (plain !== undefined) this.#putBack(path, join(this.#folder, plain));
    }
    this.#files.syncFolder(this.#folder);
  }

  #putBack(former: string, target: string): void {
    if (!verifyCheckpoint(target, this.#files).length) removeIfThere(this.#files, former);
    else if (!verifyCheckpoint(former, this.#files).length) {
      removeTree(this.#files, target);
      renameFile(this.#files, former, target);
    }
  }
}

/** What is only tidying must not fail a save that is done. */
function orWarning(tidy: () => readonly SaveEvent[]): readonly SaveEvent[] {
  try {
    return tidy();
  } catch (error) {
    if (!(error instanceof DataFailure)) throw error;
    const told = saidTogether(['Old checkpoints were not removed.', saidBy(error), error.remedy ?? '']);
    return [logged('warning', told)];
  }
}

const unique = (): string => randomBytes(6).toString('hex');
const bytesOf = (files: CheckpointManifest['files']): number => files.reduce((sum, { bytes }) => sum + bytes, 0);
const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1e6)} MB`;

/** Bytes of each file of a checkpoint, in the order they are written. */
function partsOf(state: SavedState): Readonly<Record<string, Iterable<Uint8Array>>> {
  const { config, tokenizer, model, optimizer, state: rest } = CHECKPOINT_FILES;
  return {
    [config]: json(state.config),
    [tokenizer]: json(state.tokenizer),
    ...textParts(state.textFiles ?? {}),
    [rest]: json({ v: CHECKPOINT_VERSION, step: state.step, counters: state.counters }),
    // `format: pt` is what Hugging Face's loaders ask for.
    [model]: encodeSafetensors(state.weights, { format: 'pt' }),
    [optimizer]: encodeSafetensors(state.optimizer),
    ...(state.adapter ? adapterParts(state.adapter) : {}),
  };
}

const textParts = (files: TextFiles): Readonly<Record<string, Iterable<Uint8Array>>> =>
  Object.fromEntries(Object.entries(files).map(([name, text]) => [name, [Buffer.from(text)]]));

const adapterParts = ({ config, weights, base }: SavedAdapter): Readonly<Record<string, Iterable<Uint8Array>>> => ({
  [ADAPTER_FILES.adapterConfig]: json(config),
  [ADAPTER_FILES.adapter]: encodeSafetensors(weights, { format: 'pt' }),
  [ADAPTER_FILES.base]: encodeSafetensors(base),
});

const json = (value: unknown): readonly Uint8Array[] => [Buffer.from(`${JSON.stringify(value, null, 2)}\n`)];

function sizeOf(state: SavedState): number {
  const { weights, optimizer, adapter } = state;
  const arrays = [weights, optimizer, adapter?.weights ?? {}, adapter?.base ?? {}].flatMap((part) =>
    Object.values(part),
  );
  return arrays.reduce((sum, { values }) => sum + values.byteLength, JSON.stringify(state.tokenizer).length);
}

/** A save without a score keeps the one that the same model had before. */
function formerScore(files: CheckpointManifest['files'], former: Checkpoint | null): number | null {
  const hashOf = (list: CheckpointManifest['files']) =>
    list.find(({ name }) => name === CHECKPOINT_FILES.model)?.sha256;
  return former && hashOf(files) === hashOf(former.manifest.files) ? former.manifest.score : null;
}

function refuseNotFinite(step: number, arrays: NamedArrays): void {
  for (const [name, { values }] of Object.entries(arrays)) {
    const index = firstNotFinite(values);
    if (index < 0) continue;
    throw new DataFailure(
      'diverged',
      said`The state of step ${step} is not saved: ${name}[${index}] is ${String(values[index])}.`,
      'Continue from the last checkpoint with a lower learning rate.',
    );
  }
}

function firstNotFinite(values: Float32Array): number {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return i;
  return -1;
}
