/**
 * Reads a model as Hugging Face lays it out: config.json, generation_config.json, tokenizer.json and safetensors, whole or in shards.
 * Everything that can be wrong is looked for in the headers, before a weight is read; then one tensor comes after the other.
 */
import { join } from 'node:path';
import { isRecord, parse } from './checkpointManifest.ts';
import { DataFailure } from './dataFailure.ts';
import { readWhole } from './durable.ts';
import { type FilePort, type ReadPort, realFiles } from './files.ts';
import { filesWithin } from './folderFiles.ts';
import { ModelFolderFailure } from './modelFolderFailure.ts';
import { readHeader, readSafetensors } from './safetensors.ts';
import type { TensorEntry } from './safetensorsHeader.ts';
import { readTextFiles } from './textFiles.ts';
import { said, saidBy } from '../protocol/sentence.ts';
import { shortened, shown } from '../protocol/shown.ts';
import type { Json, NamedArrays, SavedModel } from '../protocol/savedState.ts';

export const MODEL_FILES = {
  config: 'config.json',
  generationConfig: 'generation_config.json',
  tokenizer: 'tokenizer.json',
  weights: 'model.safetensors',
  index: 'model.safetensors.index.json',
} as const;

/** A folder whose JSON files and headers are sound; its weights were not read. */
export interface ModelFolder {
  readonly folder: string;
  readonly config: SavedModel['config'];
  /** Null where the file is not there. */
  readonly generationConfig: Json;
  readonly tokenizer: Json;
  /** Where each weight is, by name. */
  readonly tensors: ReadonlyMap<string, { readonly file: string; readonly entry: TensorEntry }>;
}

export interface NamedShape {
  readonly name: string;
  readonly shape: readonly number[];
}

const LONGEST = { config: 1 << 20, index: 1 << 25, tokenizer: 1 << 27 } as const;
const MOST_WEIGHTS = 100_000;

/** Throws `ModelFolderFailure`, `SafetensorsFailure` and `FileFailure`, each naming the file. */
export function openModelFolder(folder: string, files: FilePort = realFiles): ModelFolder {
  const kind = files.kind(folder);
  if (kind === null || kind === 'file')
    throw new ModelFolderFailure(
      'notAFolder',
      said`There is no folder ${folder}.`,
      'Correct model.path in the config.',
    );
  const config = readConfig(folder, files);
  return {
    folder,
    config,
    generationConfig: readJsonIfThere(folder, MODEL_FILES.generationConfig, LONGEST.config, files),
    tokenizer: readJsonIfThere(folder, MODEL_FILES.tokenizer, LONGEST.tokenizer, files),
    tensors: locate(folder, files),
  };
}

/** The weights that the model has, in 32 bits. A head that is tied to the embedding may be stored once more; it is passed over. */
export function readModelWeights(
  { folder, tensors }: ModelFolder,
  parameters: readonly NamedShape[],
  files: FilePort = realFiles,
): NamedArrays {
  const wanted = new Map(parameters.map(({ name, shape }) => [name, shape]));
  refuseUnknown(folder, tensors, wanted);
  const shards = new Set<string>();
  for (const [name, shape] of wanted) shards.add(checkedFile(folder, tensors, name, shape));
  const weights: Record<string, NamedArrays[string]> = {};
  for (const file of shards)
    Object.assign(
      weights,
      readSafetensors(filesWithin(folder, files), join(folder, file), (name) => wanted.has(name)),
    );
  return weights;
}

/** Config, tokenizer and weights as a checkpoint's are read. `parametersOf` says what weights a config asks for. */
export function readModelFolder(
  folder: string,
  parametersOf: (config: SavedModel['config']) => readonly NamedShape[],
  files: FilePort = realFiles,
): SavedModel {
  const opened = openModelFolder(folder, files);
  const weights = readModelWeights(opened, parametersOf(opened.config), files);
  return { config: opened.config, tokenizer: opened.tokenizer, weights, ...readTextFiles(folder, files) };
}

function readConfig(folder: string, files: FilePort): SavedModel['config'] {
  const path = join(folder, MODEL_FILES.config);
  const config = readJson(folder, MODEL_FILES.config, LONGEST.config, files);
  if (!isRecord(config) || typeof config.model_type !== 'string')
    throw new ModelFolderFailure('noModelType', said`${path} names no "model_type".`);
  if (isRecord(config.quantization_config))
    throw new ModelFolderFailure(
      'quantized',
      said`${path} has the key "quantization_config": the weights are quantized (${shown(config.quantization_config.quant_method ?? null)}), which is not read.`,
      'Bring the same model with weights in bfloat16, float16 or float32.',
    );
  return config as SavedModel['config'];
}

function readJsonIfThere(folder: string, name: string, limit: number, files: FilePort): Json {
  return files.kind(join(folder, name)) === null ? null : readJson(folder, name, limit, files);
}

function readJson(folder: string, name: string, limit: number, files: FilePort): Json {
  const path = join(folder, name);
  const value = parse(new TextDecoder().decode(readLimited(path, limit, filesWithin(folder, files))));
  if (value === undefined) throw new ModelFolderFailure('notJson', said`${path} is not JSON.`);
  return value as Json;
}

function readLimited(path: string, limit: number, files: ReadPort): Uint8Array {
  try {
    return readWhole(files, path, limit);
  } catch (error) {
    if (error instanceof DataFailure && error.name === 'DataFailure')
      throw new ModelFolderFailure('fileTooLong', saidBy(error));
    throw error;
  }
}

/** As transformers does: one file if it is there, else the shards that the index names. */
function locate(folder: string, files: FilePort): ModelFolder['tensors'] {
  if (files.kind(join(folder, MODEL_FILES.weights)) !== null) return located(folder, [MODEL_FILES.weights], files);
  if (files.kind(join(folder, MODEL_FILES.index)) !== null) return locateShards(folder, files);
  throw new ModelFolderFailure(
    'noWeights',
    said`${folder} has neither ${MODEL_FILES.weights} nor ${MODEL_FILES.index}.`,
    'Only safetensors are read: bring the model with these files (pytorch_model.bin is not opened, as it may hold code).',
  );
}

function locateShards(folder: string, files: FilePort): ModelFolder['tensors'] {
  const path = join(folder, MODEL_FILES.index);
  const map = readWeightMap(path, readJson(folder, MODEL_FILES.index, LONGEST.index, files));
  const tensors = located(folder, [...new Set(map.values())], files);
  for (const [name, file] of map) {
    if (tensors.get(name)?.file === file) continue;
    throw new ModelFolderFailure(
      'notInShard',
      said`${path} says that ${shortened(name)} is in ${file}, but it is not.`,
    );
  }
  return tensors;
}

/** `metadata.total_size` is not looked at: what the headers say counts. */
function readWeightMap(path: string, index: Json): ReadonlyMap<string, string> {
  const map = isRecord(index) ? index.weight_map : undefined;
  if (!isRecord(map)) throw new ModelFolderFailure('badIndex', said`${path} has no object "weight_map".`);
  const entries = Object.entries(map);
  if (entries.length > MOST_WEIGHTS)
    throw new ModelFolderFailure(
      'badIndex',
      said`${path} names ${entries.length} weights; at most ${MOST_WEIGHTS} are read.`,
    );
  return new Map(entries.map(([name, file]) => [name, shardName(path, name, file)]));
}

/** A plain file name: no folder, no drive, no address. */
function shardName(path: string, key: string, file: unknown): string {
  if (typeof file === 'string' && /^[\w][\w.-]*\.safetensors$/.test(file)) return file;
  throw new ModelFolderFailure(
    'outsideFolder',
    said`${path}: weight_map.${shortened(key)} is ${shown(file)}, which is not the name of a safetensors file in this folder.`,
  );
}

function located(folder: string, names: readonly string[], files: FilePort): ModelFolder['tensors'] {
  const tensors = new Map<string, { file: string; entry: TensorEntry }>();
  for (const file of names) {
    for (const entry of readHeader(filesWithin(folder, files), join(folder, file)).tensors) {
      const other = tensors.get(entry.name);
      if (other)
        throw new ModelFolderFailure(
          'inTwoShards',
          said`The weight ${shortened(entry.name)} is both in ${other.file} and in ${file} of ${folder}.`,
        );
      tensors.set(entry.name, { file, entry });
    }
  }
  return tensors;
}

/** Stored by some, computed by all. */
const SPARE = /(^lm_head\.weight|\.rotary_emb\.inv_freq)$/;

function refuseUnknown(folder: string, tensors: ModelFolder['tensors'], wanted: ReadonlyMap<string, unknown>): void {
  const found = [...tensors].find(([name]) => !wanted.has(name) && !SPARE.test(name));
  if (!found) return;
  const [name, { file }] = found;
  throw new ModelFolderFailure(
    'weightUnknown',
    said`${join(folder, file)} has the weight ${shortened(name)}, which the model that config.json describes does not have.`,
    'Check num_hidden_layers, the biases and model_type in config.json, or bring another folder.',
  );
}

const FLOATS: readonly string[] = ['F32', 'F16', 'BF16'];

/** The file that holds a weight. */
function checkedFile(folder: string, tensors: ModelFolder['tensors'], name: string, shape: readonly number[]): string {
  const found = tensors.get(name);
  if (!found)
    throw new ModelFolderFailure(
      'weightMissing',
      said`${folder} lacks the weight ${name}, which the model that config.json describes has.`,
      'Check num_hidden_layers, tie_word_embeddings and model_type in config.json, or fetch the folder again.',
    );
  const { file, entry } = found;
  const path = join(folder, file);
  if (entry.shape.join() !== shape.join())
    throw new ModelFolderFailure(
      'weightShape',
      said`${path}: the weight ${name} has the shape [${entry.shape.join(', ')}], but config.json asks for [${shape.join(', ')}].`,
      'Bring config.json and weights of the same model.',
    );
  if (!FLOATS.includes(entry.dtype))
    throw new ModelFolderFailure(
      'weightDtype',
      said`${path}: the weight ${name} is stored as ${entry.dtype}; ${FLOATS.join(', ')} are read.`,
      'Bring the same model with weights in bfloat16, float16 or float32.',
    );
  return file;
}
