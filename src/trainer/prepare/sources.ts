/** Opens what a config of `prepare` names: its sources, the benchmarks' files, the tokenizer. */
import { said, saidBy, type Told } from '../../protocol/sentence.ts';
import { createHash } from 'node:crypto';
import { dirname, join, resolve } from 'node:path';
import { fileBytes } from '../../data/rows/fileBytes.ts';
import { rowBlocks, type ParquetReader } from '../../data/rows/rowBlocks.ts';
import { textLines } from '../../data/rows/textLines.ts';
import { readTokenizerFolder } from '../../data/tokenizerFolder.ts';
import type { BenchmarkConfig, SourceConfig } from '../../config/prepareSchema.ts';
import type { Benchmark } from '../../engine/benchmarks/benchmark.ts';
import { benchmarks } from '../../engine/benchmarks/index.ts';
import type { ColumnMapping, Example, Format } from '../../engine/formats/format.ts';
import { MappedRow, UnreadableRow } from '../../engine/formats/format.ts';
import { guessReading, type Reading } from '../../engine/formats/guess.ts';
import type { Json } from '../../protocol/savedState.ts';
import { problemSet } from '../../engine/recipes/problemSet.ts';
import { tokenCounter } from '../../engine/tokenizer/countTokens.ts';
import { RunFailure } from '../../engine/recipes/runFailure.ts';
import type { BenchmarkTexts } from '../../engine/rows/decontaminator.ts';
import { readRow } from '../../engine/rows/readRow.ts';
import { promptText } from '../../engine/rows/exampleText.ts';
import { taskOf } from '../../engine/tasks/index.ts';
import { readBenchmark } from '../benchmarks/readBenchmark.ts';
import type { RowsCache } from './rowsCache.ts';

/** Rows from which format and columns are guessed. */
const GUESSED_FROM = 50;

type Row = Readonly<Record<string, unknown>>;

/** Where paths of a config start. */
export const pathFrom = (configPath: string, path: string): string => resolve(dirname(configPath), path);

/** SHA-256 of a file, read without blocking anyone. */
export async function hashOfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of fileBytes(path, false)) hash.update(piece);
  return hash.digest('hex');
}

export interface HashedFile {
  /** Absolute. */
  readonly path: string;
  /** As the config says it. */
  readonly asked: string;
  readonly sha256: string;
}

/** Nothing may be kept of a file that is another one at the end of the reading: its cache is named after what it held. Throws 'badDataset'. */
export async function requireUnchanged({ path, asked, sha256 }: HashedFile, cache: RowsCache): Promise<void> {
  if ((await hashOfFile(path)) === sha256) return;
  cache.discard();
  throw new RunFailure('badDataset', said`${asked} changed while it was read.`, 'Start again when nobody writes it.');
}

/** How a file is to be read: as the config says, and where it says nothing as its first rows look. Throws 'badDataset'. */
export async function readingOf(
  path: string,
  { format, columns }: { readonly format: string; readonly columns: SourceConfig['columns'] },
  parquet: ParquetReader,
  among?: readonly Format[],
): Promise<Reading> {
  const rows = await firstRows(path, GUESSED_FROM, parquet);
  const reading = guessReading(rows, format, mappingOf(columns), among);
  if (reading !== null) return reading;
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))].slice(0, 30);
  throw new RunFailure(
    'badDataset',
    noReading(path, format, rows.length === 0 ? null : names.join(', ')),
    'Name the `format` of the source, and in `columns` the column of each role.',
  );
}

function noReading(path: string, format: string, columns: string | null): Told {
  if (columns === null) return said`${path} has no row that can be read.`;
  if (format === 'auto') return said`The rows of ${path} are in no known format. Its columns: ${columns}.`;
  return said`No row of ${path} is in the format ${format}. Its columns: ${columns}.`;
}

/** The first rows that are JSON objects. */
export async function firstRows(path: string, count: number, parquet: ParquetReader): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for await (const { bytes } of rowBlocks(path, parquet, { rows: count })) {
    for (const line of textLines(bytes)) {
      const read = line === null || line.trim() === '' ? null : readRow(line);
      if (read !== null && 'row' in read) rows.push(read.row);
      if (rows.length >= count) return rows;
    }
  }
  return rows;
}

/** The problems of a benchmark, with its name. */
export async function benchmarkTexts(
  benchmark: BenchmarkConfig,
  configPath: string,
  parquet: ParquetReader,
): Promise<BenchmarkTexts> {
  if ('task' in benchmark) {
    const task = taskOf(benchmark.task);
    const set = problemSet(task, 'heldOut', benchmark.seed, benchmark.problems);
    return { name: task.name, problems: Array.from({ length: set.size }, (_, place) => set.at(place).prompt) };
  }
  const path = pathFrom(configPath, benchmark.path);
  const published = publishedOf(benchmark);
  const problems =
    published === undefined
      ? await problemsOf(path, benchmark, parquet)
      : (await readBenchmark(path, published, { seed: 0, parquet })).problems.map(({ problem }) => problem);
  return { name: benchmark.name ?? benchmark.path, problems };
}

/** By its name, where the config does not say how its file is to be read. */
const publishedOf = ({ name, format, columns }: Extract<BenchmarkConfig, { path: string }>): Benchmark | undefined =>
  format === 'auto' && Object.keys(mappingOf(columns)).length === 0
    ? benchmarks.find((one) => one.name === name)
    : undefined;

/** A benchmark needs no completions: a column of problems is enough. */
const PROBLEM_COLUMNS = ['problem', 'question', 'prompt', 'text', 'instruction'] as const;

async function problemsOf(
  path: string,
  benchmark: Pick<SourceConfig, 'format' | 'columns'>,
  parquet: ParquetReader,
): Promise<readonly string[]> {
  const first = await firstRows(path, GUESSED_FROM, parquet);
  const { columns } = benchmark;
  const given = [columns.problem, columns.prompt, columns.text].find((name) => name !== undefined);
  const column = given ?? PROBLEM_COLUMNS.find((name) => first.some((row) => typeof row[name] === 'string'));
  const reading = column === undefined ? await readingOf(path, benchmark, parquet) : null;
  const problems: string[] = [];
  for await (const { bytes } of rowBlocks(path, parquet)) {
    for (const line of textLines(bytes)) {
      const read = line === null || line.trim() === '' ? null : readRow(line);
      if (read === null || 'bad' in read) continue;
      const problem = column === undefined ? promptOf(read.row, reading) : read.row[column];
      if (typeof problem === 'string') problems.push(problem);
    }
  }
  return problems;
}

function promptOf(row: Row, reading: Reading | null): string | null {
  try {
    const [example]: readonly Example[] = reading?.format.parse(new MappedRow(row, reading.mapping)) ?? [];
    return example ? promptText(example) : null;
  } catch (error) {
    if (error instanceof UnreadableRow) return null;
    throw error;
  }
}

/** The tokenizer.json of a folder, tried out. Throws 'badConfig'. */
export function readTokenizer(folder: string): Json {
  try {
    const tokenizer = readTokenizerFolder(folder).tokenizer as Json;
    tokenCounter(tokenizer);
    return tokenizer;
  } catch (error) {
    throw new RunFailure(
      'badConfig',
      said`${join(folder, 'tokenizer.json')}, named by length.tokenizer, cannot be read: ${saidBy(error)}`,
      'Name the folder of a model.',
    );
  }
}

/** Without the roles that the config leaves out. */
export const mappingOf = (columns: SourceConfig['columns']): ColumnMapping =>
  Object.fromEntries(Object.entries(columns).filter(([, column]) => column !== undefined)) as ColumnMapping;
