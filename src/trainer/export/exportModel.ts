/** Takes the model of a checkpoint out: as a folder of Hugging Face's layout, its adapters as PEFT reads them, or a GGUF file for llama.cpp. */
import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { isModelRun } from '../../config/plan.ts';
import type { RunConfig } from '../../config/schema.ts';
import { describeCheckpoint, readCheckpoint, readModel, resolveCheckpoint } from '../../data/checkpointFolder.ts';
import { ADAPTER_FILES } from '../../data/checkpointManifest.ts';
import { DataFailure } from '../../data/dataFailure.ts';
import type { FloatDtype } from '../../data/dtypes.ts';
import { encodeGguf } from '../../data/gguf.ts';
import { readCompanions, writeFolder, writeModelFolder } from '../../data/modelExport.ts';
import { encodeSafetensors } from '../../data/safetensors.ts';
import { readTokenizerFolder } from '../../data/tokenizerFolder.ts';
import { architectureOf, modelOf, parameterCount, publishedConfig } from '../../engine/families/index.ts';
import { characterTokenizerConfig, characterTokenizerFrom } from '../../engine/tokenizer/characterTokenizer.ts';
import type { ExportDtype, ExportForm, ExportReport, GgufType } from '../../protocol/exportReport.ts';
import type { Json, SavedModel } from '../../protocol/savedState.ts';
import { said } from '../../protocol/sentence.ts';
import type { Evaluation } from '../../protocol/state.ts';
import { readLease } from '../../runs/facts.ts';
import { runErrorOf } from '../failure.ts';
import { foldedRun } from '../foldedRun.ts';
import { hashOf } from '../inputs.ts';
import { characterVocabulary } from './ggufCharacters.ts';
import { ggufModel } from './ggufModel.ts';
import { folderVocabulary, type GgufVocabulary, vocabularyMetadata } from './ggufTokenizer.ts';
import { modelCard } from './modelCard.ts';
import { type Origin, originOf, resolvedConfig } from './origin.ts';

export interface ExportOptions {
  /** A checkpoint, or a run (its newest good checkpoint). */
  readonly source: string;
  /** Must not be there yet. */
  readonly out: string;
  readonly form: ExportForm;
  /** Of a model or its adapters. */
  readonly dtype: ExportDtype;
  /** Of a GGUF file. */
  readonly gguf: GgufType;
  /** Most bytes of one file of weights; a GGUF file is never split. */
  readonly shardBytes: number;
}

const STORED: Readonly<Record<ExportDtype, FloatDtype>> = { float32: 'F32', bfloat16: 'BF16', float16: 'F16' };

/** Never rejects for what is expected: a refusal is an answer. */
export async function exportModel(options: ExportOptions): Promise<ExportReport> {
  try {
    return await exported({ ...options, out: resolve(options.out) });
  } catch (error) {
    const told = runErrorOf(error);
    if (told.code === 'internal') throw error;
    return { type: 'refused', error: told };
  }
}

async function exported(options: ExportOptions): Promise<ExportReport> {
  const checkpoint = resolveCheckpoint(resolve(options.source));
  const step = describeCheckpoint(checkpoint)?.step ?? 0;
  const source = await sourceOf(checkpoint, step);
  const files = WRITERS[options.form](source, options);
  return { type: 'exported', folder: options.out, step, files };
}

const WRITERS = { model: writeModel, adapter: writeAdapter, gguf: writeGguf } as const;

interface Source {
  readonly checkpoint: string;
  readonly step: number;
  readonly config: RunConfig | null;
  readonly name: string;
  readonly runId: string | null;
  readonly origin: Origin;
  readonly evaluations: readonly Evaluation[];
  /** SHA-256 of the file of rows that was learned; null for a task. */
  readonly rowsHash: string | null;
}

async function sourceOf(checkpoint: string, step: number): Promise<Source> {
  const runFolder = dirname(dirname(checkpoint));
  const config = resolvedConfig(runFolder);
  const run = foldedRun(runFolder);
  const lease = config === null ? null : await readLease(runFolder);
  return {
    checkpoint,
    step,
    config,
    name: lease?.name ?? 'model',
    runId: lease?.runId ?? null,
    origin: await originOf(runFolder),
    evaluations: run.evaluations.filter((evaluation) => evaluation.step <= step),
    rowsHash: run.preparation.sources[0]?.sha256 ?? null,
  };
}

function writeModel(source: Source, { out, dtype, shardBytes }: ExportOptions) {
  const model = readModel(source.checkpoint);
  const { files, ids } = companions(source.origin, model);
  const config = { ...publishedConfig(model.config, dtype), ...ids };
  const card = cardOf(source, model.config, dtype);
  const stored = STORED[dtype];
  return writeModelFolder(
    out,
    { config, weights: model.weights, dtype: stored, files: { ...files, 'README.md': card } },
    shardBytes,
  );
}

interface Companions {
  readonly files: Readonly<Record<string, string | Uint8Array>>;
  /** What config.json says of special tokens. */
  readonly ids: Readonly<Record<string, number>>;
}

/** What belongs to a model beside its weights: as its checkpoint carries it, what that lacks from the folder it came from, else as it was made here. */
function companions({ folder }: Origin, { tokenizer, textFiles }: SavedModel): Companions {
  const there = folder !== null && existsSync(folder) ? readCompanions(folder) : null;
  if (textFiles) return { files: { ...there, 'tokenizer.json': text(tokenizer), ...textFiles }, ids: {} };
  if (there) return { files: there, ids: {} };
  if (folder !== null) throw lost(folder);
  const { endToken, padToken } = characterTokenizerFrom(tokenizer);
  const ids = { eos_token_id: endToken, pad_token_id: padToken };
  const files = {
    'generation_config.json': text(ids),
    'tokenizer.json': text(tokenizer),
    'tokenizer_config.json': text(characterTokenizerConfig),
  };
  return { files, ids };
}

const text = (value: Json): string => `${JSON.stringify(value, null, 2)}\n`;

const lost = (folder: string): DataFailure =>
  new DataFailure(
    'badCheckpoint',
    said`The folder ${folder} that the model came from is no longer there, so its tokenizer files cannot be copied.`,
    'Put the folder back where it was.',
  );

function writeGguf(source: Source, { out, gguf }: ExportOptions) {
  const model = readModel(source.checkpoint);
  const of = architectureOf(model.config);
  const { metadata, tensors } = ggufModel(source.name, of, model.weights, gguf);
  const vocabulary = vocabularyMetadata(vocabularyFor(source, model), of.vocab);
  return writeFolder(out, [
    [`model-${gguf}.gguf`, encodeGguf(new Map([...metadata, ...vocabulary]), tensors)],
    ['README.md', [Buffer.from(cardOf(source, model.config, gguf))]],
  ]);
}

/** From the files its checkpoint carries, else from the folder the model came from, else of characters. */
function vocabularyFor(
  { origin: { folder }, checkpoint }: Source,
  { tokenizer, textFiles }: SavedModel,
): GgufVocabulary {
  if (textFiles) return folderVocabulary(readTokenizerFolder(checkpoint));
  if (folder !== null && existsSync(folder)) return folderVocabulary(readTokenizerFolder(folder));
  if (folder !== null) throw lost(folder);
  return characterVocabulary(tokenizer);
}

function writeAdapter(source: Source, { out, dtype }: ExportOptions) {
  const { adapter, config } = readCheckpoint(source.checkpoint);
  if (!adapter)
    throw new DataFailure(
      'badConfig',
      said`The checkpoint ${source.checkpoint} has no adapters: its run trains all weights.`,
      'Export the whole model.',
    );
  const base = source.origin.folder ?? adapter.config['base_model_name_or_path'] ?? null;
  const settings = { ...adapter.config, base_model_name_or_path: base };
  return writeFolder(out, [
    [ADAPTER_FILES.adapterConfig, [Buffer.from(`${JSON.stringify(settings, null, 2)}\n`)]],
    [ADAPTER_FILES.adapter, encodeSafetensors(adapter.weights, { format: 'pt' }, STORED[dtype])],
    ['README.md', [Buffer.from(cardOf(source, config, dtype))]],
  ]);
}

function cardOf(source: Source, modelConfig: SavedModel['config'], dtype: ExportDtype | GgufType): string {
  const { config, name, runId, step, origin, evaluations } = source;
  const isOfTask = config !== null && isModelRun(config) && 'task' in config && source.rowsHash === null;
  const decidesData = isOfTask ? { task: config.task, data: config.data ?? null, seed: config.seed } : null;
  return modelCard({
    name,
    runId,
    step,
    parameters: parameterCount(modelOf(modelConfig)),
    modelType: modelConfig.model_type,
    dtype,
    base: origin.name,
    config,
    hashes: {
      config: hashOf(`${JSON.stringify(config, null, 2)}\n`),
      data: source.rowsHash ?? (decidesData && hashOf(JSON.stringify(decidesData))),
    },
    evaluations,
  });
}
