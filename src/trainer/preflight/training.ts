/** Opens what a config wants to train, without its weights: the model's shape, its text, and the rows. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rowsIn } from '../../config/checksOfRows.ts';
import { areLearned } from '../../config/rowsSchema.ts';
import { isNewModel, modelSource, sequencesTogether } from '../../config/plan.ts';
import type { ModelRunConfig, TrainingRunConfig } from '../../config/schema.ts';
import { listCheckpoints } from '../../data/checkpointFolder.ts';
import { CHECKPOINT_FILES, MANIFEST, parse } from '../../data/checkpointManifest.ts';
import { readWhole } from '../../data/durable.ts';
import { realFiles } from '../../data/files.ts';
import { openModelFolder } from '../../data/modelFolder.ts';
import { decoderModelConfig } from '../../engine/families/decoder.ts';
import type { Model, ModelConfig } from '../../engine/families/family.ts';
import { modelOf } from '../../engine/families/index.ts';
import { RunFailure } from '../../engine/recipes/runFailure.ts';
import type { BenchmarkTexts } from '../../engine/rows/decontaminator.ts';
import { taskOf } from '../../engine/tasks/index.ts';
import { characterTokenizer } from '../../engine/tokenizer/characterTokenizer.ts';
import type { Json } from '../../protocol/savedState.ts';
import { said } from '../../protocol/sentence.ts';
import { dataFile } from '../dataset/openRows.ts';
import { type OpenModelText, openModelText } from '../modelText.ts';
import { parquetApart } from '../prepare/parquetApart.ts';
import type { RowsPrograms } from '../prepare/rowsMessages.ts';
import { benchmarkTexts, pathFrom } from '../prepare/sources.ts';
import { fileRows } from './fileRows.ts';
import { taskRows } from './taskRows.ts';
import type { TrainingRows } from './trainingRows.ts';

/** The bundled programs that read foreign files. */
export type PreflightPrograms = Pick<RowsPrograms, 'parquet' | 'template' | 'grading'>;

export interface OpenTraining {
  readonly model: Model;
  /** That the config names beside its rows. */
  readonly benchmarks: readonly BenchmarkTexts[];
  /** Whoever opened it closes it. */
  readonly rows: TrainingRows;
}

/** Throws the typed failures of model, tokenizer, template and data, each naming file, rule and remedy. */
export async function openTraining(
  config: TrainingRunConfig,
  configPath: string,
  programs: PreflightPrograms,
): Promise<OpenTraining> {
  const { model, text } = await openModel(config, configPath, programs);
  const close = (): void => text.template?.close();
  try {
    const benchmarks = await openBenchmarks(config, configPath, programs);
    return { model, benchmarks, rows: await openRows(config, configPath, programs, { model, text, close }) };
  } catch (error) {
    close();
    throw error;
  }
}

const openBenchmarks = (
  config: TrainingRunConfig,
  configPath: string,
  programs: PreflightPrograms,
): Promise<readonly BenchmarkTexts[]> => {
  const rows = rowsIn(config);
  const parquet = parquetApart(programs.parquet);
  return Promise.all(
    (rows && areLearned(rows) ? (rows.benchmarks ?? []) : []).map((one) => benchmarkTexts(one, configPath, parquet)),
  );
};

interface Opened {
  readonly model: Model;
  readonly text: OpenModelText;
}

async function openRows(
  config: TrainingRunConfig,
  configPath: string,
  programs: PreflightPrograms,
  { model, text, close }: Opened & { readonly close: () => void },
): Promise<TrainingRows> {
  const { maxPositions } = model;
  const data = rowsIn(config);
  if (config.recipe !== 'dpo' && 'problems' in config.data)
    return taskRows(config, config.data.problems, { tokenizer: text.tokenizer, maxPositions, close });
  if (data === null) throw new Error(`The recipe ${config.recipe} learns rows, but the config names none.`);
  const { seed, evaluation } = config;
  const path = dataFile(pathFrom(configPath, data.path));
  const parquet = parquetApart(programs.parquet);
  const isPaired = sequencesTogether(config) === 2;
  return fileRows({ data, isPaired, path, text, parquet, seed, heldOutSeed: evaluation.seed, maxPositions, close });
}

async function openModel(
  config: TrainingRunConfig,
  configPath: string,
  { template }: PreflightPrograms,
): Promise<Opened> {
  if (config.recipe === 'sft' && isNewModel(config.model)) {
    const tokenizer = characterTokenizer(taskOf(config.task).vocabulary);
    const model = modelOf(decoderModelConfig(config.model, tokenizer.vocabularySize));
    return { model, text: { tokenizer, template: null } };
  }
  const given = givenModel(config, configPath);
  return { model: given.model, text: await openModelText(given.folder, fileURLToPath(template)) };
}

/** The shape of a model that lies in a folder, and that folder. */
export function givenModel(
  config: ModelRunConfig,
  configPath: string,
): { readonly folder: string; readonly model: Model } {
  const source = modelSource(config.model);
  if (source === null) throw new Error(`The recipe ${config.recipe} begins with no new model.`);
  const isFolder = 'path' in config.model;
  const folder = isFolder ? pathFrom(configPath, source) : checkpointAt(pathFrom(configPath, source));
  const shape = isFolder ? openModelFolder(folder).config : (jsonIn(folder, CHECKPOINT_FILES.config) as ModelConfig);
  return { folder, model: modelOf(shape) };
}

/** The folder itself, or the newest checkpoint of a run; the run verifies it when it reads the weights. */
function checkpointAt(path: string): string {
  if (realFiles.kind(join(path, MANIFEST)) !== null) return path;
  const newest = listCheckpoints(path)[0]?.folder;
  if (newest !== undefined) return newest;
  throw new RunFailure('badCheckpoint', said`${path} is neither a checkpoint nor a run with one.`);
}

const LONGEST = 1 << 27;

function jsonIn(folder: string, name: string): Json {
  const value = parse(new TextDecoder().decode(readWhole(realFiles, join(folder, name), LONGEST)));
  if (value !== undefined) return value as Json;
  throw new RunFailure('badCheckpoint', said`${join(folder, name)} is not JSON.`);
}
