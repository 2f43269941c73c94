/** Writes a model as Hugging Face lays it out: config, generation config, weights (in shards past a size), tokenizer files and a card. */
import { basename, dirname, join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { DataFailure } from './dataFailure.ts';
import { bytesPerElement, type FloatDtype } from './dtypes.ts';
import { readWhole, removeIfThere, renameFile, writeNew } from './durable.ts';
import { type FilePort, realFiles } from './files.ts';
import { filesWithin } from './folderFiles.ts';
import { MODEL_FILES } from './modelFolder.ts';
import { encodeSafetensors } from './safetensors.ts';
import { said } from '../protocol/sentence.ts';
import type { Json, NamedArrays, SavedModel } from '../protocol/savedState.ts';

export interface ExportedModel {
  readonly config: SavedModel['config'];
  readonly weights: NamedArrays;
  readonly dtype: FloatDtype;
  /** Files by their names: generation config, tokenizer, chat template, card. */
  readonly files: Readonly<Record<string, string | Uint8Array>>;
}

export interface WrittenFile {
  readonly name: string;
  readonly bytes: number;
}

/** What transformers and other readers look for beside config and weights. */
const COMPANIONS = [
  'generation_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'vocab.json',
  'merges.txt',
  'tokenizer.model',
  'chat_template.jinja',
  'chat_template.json',
] as const;
const LONGEST_COMPANION = 1 << 28;

/** Generation config, tokenizer and chat template of a model folder, as far as it has them. */
export function readCompanions(folder: string, files: FilePort = realFiles): Record<string, Uint8Array> {
  const within = filesWithin(folder, files);
  const there = COMPANIONS.filter((name) => files.kind(join(folder, name)) !== null);
  return Object.fromEntries(there.map((name) => [name, readWhole(within, join(folder, name), LONGEST_COMPANION)]));
}

/**
 * Makes the folder, which must not be there yet: whole, or not at all. A shard has at most `shardBytes` unless one weight has more.
 * Throws `DataFailure` where a number does not fit the format, and `FileFailure`.
 */
export function writeModelFolder(
  folder: string,
  model: ExportedModel,
  shardBytes: number,
  files: FilePort = realFiles,
): readonly WrittenFile[] {
  if (model.dtype === 'F16')
    for (const [name, { values }] of Object.entries(model.weights)) refuseBeyondHalf(name, values);
  return writeFolder(folder, filesOf(model, shardBytes), files);
}

/** Writes files of these chunks into a new folder that appears when all of them are there. */
export function writeFolder(
  folder: string,
  contents: Iterable<readonly [name: string, chunks: Iterable<Uint8Array>]>,
  files: FilePort = realFiles,
): readonly WrittenFile[] {
  if (files.kind(folder) !== null)
    throw new DataFailure('badConfig', said`${folder} is already there.`, 'Name a folder that is not there yet.');
  const temporary = join(dirname(folder), `.${basename(folder)}.${randomBytes(6).toString('hex')}`);
  try {
    files.makeFolder(temporary);
    const written = [...contents].map(([name, chunks]) => {
      return { name, bytes: writeNew(files, join(temporary, name), chunks).bytes };
    });
    files.syncFolder(temporary);
    renameFile(files, temporary, folder);
    files.syncFolder(dirname(folder));
    return written;
  } catch (error) {
    removeIfThere(files, temporary);
    throw error;
  }
}

type Content = readonly [name: string, chunks: Iterable<Uint8Array>];

function filesOf(model: ExportedModel, shardBytes: number): readonly Content[] {
  const { config, files } = model;
  return [
    [MODEL_FILES.config, [Buffer.from(configText(config))]],
    ...Object.entries(files).map(([name, content]): Content => [
      name,
      [typeof content === 'string' ? Buffer.from(content) : content],
    ]),
    ...weightFiles(model, shardBytes),
  ];
}

const text = (value: Json): string => `${JSON.stringify(value, null, 2)}\n`;

/** Keys whose values transformers 5 refuses without a decimal point. */
const FLOATS = [
  'rms_norm_eps',
  'initializer_range',
  'attn_logit_softcapping',
  'final_logit_softcapping',
  'rope_theta',
  'rope_local_base_freq',
  'factor',
  'low_freq_factor',
  'high_freq_factor',
];
const WHOLE = new RegExp(String.raw`^( *"(?:${FLOATS.join('|')})": \d+)(?=,?$)`, 'gm');

/** config.json; JavaScript knows no whole number that is a float, Python does. */
const configText = (config: SavedModel['config']): string => text(config).replaceAll(WHOLE, '$1.0');

/** transformers refuses a file that does not say for whom it is. */
const METADATA = { format: 'pt' };

function weightFiles({ weights, dtype }: ExportedModel, shardBytes: number): readonly Content[] {
  const shards = shardsOf(weights, dtype, shardBytes);
  const [only, second] = shards;
  if (only && !second) return [[MODEL_FILES.weights, encodeSafetensors(only, METADATA, dtype)]];
  const named = shards.map((shard, i) => [shardName(i + 1, shards.length), shard] as const);
  const map = named.flatMap(([file, shard]) => Object.keys(shard).map((name) => [name, file] as const));
  const total = shards.reduce((sum, shard) => sum + bytesOf(shard, dtype), 0);
  const index = { metadata: { total_size: total }, weight_map: Object.fromEntries(map) };
  return [
    ...named.map(([file, shard]): Content => [file, encodeSafetensors(shard, METADATA, dtype)]),
    [MODEL_FILES.index, [Buffer.from(text(index))]],
  ];
}

/** In the order of the model, as many weights in each as fit. */
function shardsOf(weights: NamedArrays, dtype: FloatDtype, most: number): readonly NamedArrays[] {
  const shards: Record<string, NamedArrays[string]>[] = [{}];
  let filled = 0;
  for (const [name, array] of Object.entries(weights)) {
    const bytes = bytesOf({ [name]: array }, dtype);
    if (filled > 0 && filled + bytes > most) {
      shards.push({});
      filled = 0;
    }
    Object.assign(shards.at(-1) ?? {}, { [name]: array });
    filled += bytes;
  }
  return shards;
}

const bytesOf = (shard: NamedArrays, dtype: FloatDtype): number =>
  Object.values(shard).reduce((sum, { values }) => sum + values.length, 0) * (bytesPerElement(dtype) ?? 0);

const shardName = (number: number, count: number): string =>
  `model-${String(number).padStart(5, '0')}-of-${String(count).padStart(5, '0')}.safetensors`;

/** From here on float16 has nothing but infinity. */
const HALF_LIMIT = 65_520;

/** Throws `DataFailure` where one of the numbers of a weight would become infinite. */
export function refuseBeyondHalf(name: string, values: Float32Array): void {
  const at = values.findIndex((value) => Math.abs(value) >= HALF_LIMIT);
  if (at < 0) return;
  throw new DataFailure(
    'badConfig',
    said`The weight ${name} has the value ${values[at] ?? 0} at ${at}, which float16 cannot hold.`,
    'Choose bfloat16 or float32.',
  );
}
