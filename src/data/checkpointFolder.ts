/**
 * Reads checkpoints. A folder counts as one only if its manifest is sound and every file it names is there with the same size and SHA-256;
 * its name alone is never believed. Nothing here writes.
 */
import { basename, join } from 'node:path';
import { type CheckpointManifest, checkpointStep, PINNED_MARKER, RUN_FOLDER } from '../protocol/runFolder.ts';
import { ADAPTER_FILES, CHECKPOINT_FILES, decodeManifest, isRecord, MANIFEST, parse } from './checkpointManifest.ts';
import { DataFailure } from './dataFailure.ts';
import { fingerprint, readWhole, withFile } from './durable.ts';
import { type FilePort, realFiles } from './files.ts';
import { readSafetensors } from './safetensors.ts';
import { said, saidBy, saidTogether, type Sentence } from '../protocol/sentence.ts';
import { readTextFiles } from './textFiles.ts';
import { TEXT_FILES, type Json, type SavedAdapter, type SavedModel, type SavedState } from '../protocol/savedState.ts';

/** A checkpoint whose manifest is sound; its files were not read. */
export interface Checkpoint {
  /** Folder name under checkpoints/. */
  readonly name: string;
  readonly folder: string;
  readonly step: number;
  readonly manifest: CheckpointManifest;
  readonly bytes: number;
  readonly pinned: boolean;
}

export interface Refused {
  readonly name: string;
  /** Sentences that name the file and what is wrong with it. */
  readonly problems: readonly Sentence[];
}

const LONGEST_MANIFEST = 1 << 20;
const LONGEST_JSON = 1 << 28;
const REMEDY = 'Choose another checkpoint, or start a new run.';

/** Everything that a run needs to go on. Verifies first; throws `DataFailure` `badCheckpoint` naming the file. */
export function readCheckpoint(folder: string, files: FilePort = realFiles): SavedState {
  refuseIf(folder, verifyCheckpoint(folder, files));
  const { step, counters } = readState(folder, files);
  const optimizer = readSafetensors(files, join(folder, CHECKPOINT_FILES.optimizer));
  const state = { ...modelOf(folder, files), step, optimizer, counters };
  const hasAdapter = files.kind(join(folder, ADAPTER_FILES.adapter)) !== null;
  return hasAdapter ? { ...state, adapter: adapterOf(folder, files) } : state;
}

/** The model alone. Verifies what it reads; throws `DataFailure` `badCheckpoint` naming the file. */
export function readModel(folder: string, files: FilePort = realFiles): SavedModel {
  const { config, tokenizer, model } = CHECKPOINT_FILES;
  refuseIf(folder, verifyCheckpoint(folder, files, [config, tokenizer, model, ...TEXT_FILES]));
  return modelOf(folder, files);
}

/** What is wrong with a checkpoint folder, as sentences; none if it is good. Reads `names` whole, and compares the size of all. */
export function verifyCheckpoint(
  folder: string,
  files: FilePort = realFiles,
  names: readonly string[] = [...Object.values({ ...CHECKPOINT_FILES, ...ADAPTER_FILES }), ...TEXT_FILES],
): readonly Sentence[] {
  const manifest = orWhyNot(() => manifestOf(folder, files));
  if ('text' in manifest) return [manifest];
  return manifest.files.flatMap((file) => {
    const problem = orWhyNot(() => compare(folder, files, file, names.includes(file.name)));
    return problem === null ? [] : [problem];
  });
}

/** The newest checkpoint of a run that verifies, and why newer ones were refused. Folders that do not look like checkpoints are passed over. */
export function newestGoodCheckpoint(
  runFolder: string,
  files: FilePort = realFiles,
): { readonly found: Checkpoint | null; readonly refused: readonly Refused[] } {
  const refused: Refused[] = [];
  for (const name of checkpointNames(runFolder, files)) {
    const folder = join(runFolder, RUN_FOLDER.checkpoints, name);
    const problems = verifyCheckpoint(folder, files);
    const found = problems.length ? null : describeCheckpoint(folder, files);
    if (found) return { found, refused };
    refused.push({ name, problems });
  }
  return { found: null, refused };
}

/** Checkpoints whose manifest is sound, newest first, without reading their files and without one that is just being replaced. */
export function listCheckpoints(runFolder: string, files: FilePort = realFiles): readonly Checkpoint[] {
  const names = checkpointNames(runFolder, files).filter((name) => checkpointStep(name) !== null);
  return names.flatMap((name) => describeCheckpoint(join(runFolder, RUN_FOLDER.checkpoints, name), files) ?? []);
}

/** The verified checkpoint folder that a path means: itself, or the newest good one of a run folder. Throws `DataFailure` `badCheckpoint`. */
export function resolveCheckpoint(path: string, files: FilePort = realFiles): string {
  if (files.kind(join(path, MANIFEST)) !== null) {
    refuseIf(path, verifyCheckpoint(path, files));
    return path;
  }
  if (files.kind(join(path, RUN_FOLDER.checkpoints)) === null) {
    throw new DataFailure('badCheckpoint', said`${path} is neither a checkpoint nor a run folder.`, REMEDY);
  }
  const { found, refused } = newestGoodCheckpoint(path, files);
  if (found) return found.folder;
  const reasons = saidTogether(refused.map(({ name, problems }) => said`${name}: ${saidTogether(problems)}`));
  throw new DataFailure('badCheckpoint', said`${path} holds no good checkpoint. ${reasons}`, REMEDY);
}

/** While a checkpoint is replaced by one of the same step, the old one bears this name for a moment. */
export const SET_ASIDE = /^(step-\d{8})\.old-[0-9a-f]+$/;

/** Names that a checkpoint may bear, highest step first; of one step the plain name first. */
function checkpointNames(runFolder: string, files: FilePort): readonly string[] {
  const folder = join(runFolder, RUN_FOLDER.checkpoints);
  if (files.kind(folder) === null) return [];
  return files
    .list(folder)
    .filter((name) => stepOf(name) !== null)
    .toSorted()
    .toSorted((a, b) => Number(stepOf(b)) - Number(stepOf(a)));
}

const stepOf = (name: string): number | null => checkpointStep(SET_ASIDE.exec(name)?.[1] ?? name);

/** The checkpoint in a folder, or null if its manifest is not sound. */
export function describeCheckpoint(folder: string, files: FilePort = realFiles): Checkpoint | null {
  const manifest = orWhyNot(() => manifestOf(folder, files));
  if ('text' in manifest) return null;
  const bytes = manifest.files.reduce((sum, file) => sum + file.bytes, 0);
  const pinned = files.kind(join(folder, PINNED_MARKER)) !== null;
  return { name: basename(folder), folder, step: manifest.step, manifest, bytes, pinned };
}

function manifestOf(folder: string, files: FilePort): CheckpointManifest | Sentence {
  if (files.kind(folder) !== 'folder') return said`${basename(folder)} is not a folder.`;
  if (files.kind(join(folder, MANIFEST)) !== 'file')
    return said`${MANIFEST} is missing, so the checkpoint was never finished.`;
  const text = new TextDecoder().decode(readWhole(files, join(folder, MANIFEST), LONGEST_MANIFEST));
  const manifest = decodeManifest(text);
  const named = stepOf(basename(folder));
  if ('text' in manifest || named === null || named === manifest.step) return manifest;
  return said`${MANIFEST} tells of step ${manifest.step}, but the folder is named ${basename(folder)}.`;
}

function compare(
  folder: string,
  files: FilePort,
  file: CheckpointManifest['files'][number],
  isRead: boolean,
): Sentence | null {
  const path = join(folder, file.name);
  if (files.kind(path) !== 'file') return said`${file.name} is missing.`;
  const { bytes, sha256 } = isRead ? fingerprint(files, path) : { bytes: sizeOf(path, files), sha256: file.sha256 };
  if (bytes !== file.bytes) return said`${file.name} has ${bytes} bytes instead of ${file.bytes}.`;
  return sha256 === file.sha256 ? null : said`${file.name} is damaged: its SHA-256 differs from the manifest's.`;
}

const sizeOf = (path: string, files: FilePort): number => withFile(files, path, (fd) => files.size(fd));

/** A file that cannot be read is a fault of the checkpoint, told in a sentence, not a crash. */
function orWhyNot<T>(look: () => T): T | Sentence {
  try {
    return look();
  } catch (error) {
    if (error instanceof DataFailure) return saidBy(error);
    throw error;
  }
}

function refuseIf(folder: string, problems: readonly Sentence[]): void {
  if (!problems.length) return;
  throw new DataFailure(
    'badCheckpoint',
    said`The checkpoint ${folder} cannot be used. ${saidTogether(problems)}`,
    REMEDY,
  );
}

function modelOf(folder: string, files: FilePort): SavedModel {
  const config = readJson(folder, CHECKPOINT_FILES.config, files);
  if (!isRecord(config) || typeof config.model_type !== 'string') {
    throw new DataFailure(
      'badCheckpoint',
      said`${join(folder, CHECKPOINT_FILES.config)} names no "model_type".`,
      REMEDY,
    );
  }
  return {
    config: config as SavedModel['config'],
    tokenizer: readJson(folder, CHECKPOINT_FILES.tokenizer, files),
    weights: readSafetensors(files, join(folder, CHECKPOINT_FILES.model)),
    ...readTextFiles(folder, files),
  };
}

function adapterOf(folder: string, files: FilePort): SavedAdapter {
  const config = readJson(folder, ADAPTER_FILES.adapterConfig, files);
  if (!isRecord(config))
    throw new DataFailure(
      'badCheckpoint',
      said`${join(folder, ADAPTER_FILES.adapterConfig)} is not an object.`,
      REMEDY,
    );
  return {
    config: config as SavedAdapter['config'],
    weights: readSafetensors(files, join(folder, ADAPTER_FILES.adapter)),
    base: readSafetensors(files, join(folder, ADAPTER_FILES.base)),
  };
}

function readState(folder: string, files: FilePort): Pick<SavedState, 'step' | 'counters'> {
  const state = readJson(folder, CHECKPOINT_FILES.state, files);
  const counters = isRecord(state) && isRecord(state.counters) ? Object.entries(state.counters) : [];
  const step = isRecord(state) ? state.step : undefined;
  if (typeof step === 'number' && counters.every(([, value]) => typeof value === 'number')) {
    return { step, counters: Object.fromEntries(counters) as Record<string, number> };
  }
  throw new DataFailure(
    'badCheckpoint',
    said`${join(folder, CHECKPOINT_FILES.state)} lacks its step or counters.`,
    REMEDY,
  );
}

function readJson(folder: string, name: string, files: FilePort): Json {
  const path = join(folder, name);
  const value = parse(new TextDecoder().decode(readWhole(files, path, LONGEST_JSON)));
  if (value === undefined) throw new DataFailure('badCheckpoint', said`${path} is not JSON.`, REMEDY);
  return value as Json;
}
