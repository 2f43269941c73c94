/** What the recipe `prepare` works with on this machine: files, threads, the cache and the run folder. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { PrepareConfig } from '../../config/schema.ts';
import { writeDurably } from '../../data/durable.ts';
import { sizeOfFile } from '../../data/rows/fileBytes.ts';
import type { FilePort } from '../../data/files.ts';
import type { PrepareDeps, Read } from '../../engine/recipes/prepareDeps.ts';
import type { BenchmarkTexts } from '../../engine/rows/decontaminator.ts';
import type { ExamineSpec } from '../../engine/rows/examineSpec.ts';
import { rowBytes } from '../../engine/rows/rowTable.ts';
import { writtenLine } from '../../engine/rows/writtenLine.ts';
import { RUN_FOLDER } from '../../protocol/runFolder.ts';
import { physicalCores } from '../executors/cores.ts';
import { parquetApart } from './parquetApart.ts';
import type { RowsCache } from './rowsCache.ts';
import type { RowsPrograms } from './rowsMessages.ts';
import { benchmarkTexts, hashOfFile, pathFrom, readingOf, readTokenizer } from './sources.ts';
import { openCache, readRest, type SourceOptions } from './sourceReader.ts';

export interface PreparationOptions {
  readonly config: PrepareConfig;
  /** Relative paths of the config start in its folder. */
  readonly configPath: string;
  readonly runFolder: string;
  /** Where what was found out about sources is kept for the next run. */
  readonly cacheFolder: string;
  readonly files: FilePort;
  readonly programs: RowsPrograms;
}

type Clock = Pick<PrepareDeps, 'now' | 'takeRequests'>;

export class Preparation {
  readonly #options: PreparationOptions;
  readonly #caches: RowsCache[] = [];
  /** For each source, the first row of it and where the text of each of its rows begins; at last where the last one ends. */
  readonly #texts: { readonly cache: RowsCache; readonly firstRow: number; readonly starts: number[] }[] = [];
  #rows = 0;

  constructor(options: PreparationOptions) {
    this.#options = options;
  }

  /** Reads the benchmarks, which the recipe names; the rest is read when it asks. */
  async deps(clock: Clock): Promise<PrepareDeps> {
    const { config, configPath, programs } = this.#options;
    const parquet = parquetApart(programs.parquet);
    const benchmarks: BenchmarkTexts[] = [];
    for (const benchmark of config.decontamination.benchmarks)
      benchmarks.push(await benchmarkTexts(benchmark, configPath, parquet));
    return {
      ...clock,
      read: () => this.#read(benchmarks),
      textOf: (row) => this.#textOf(row),
      write: (name, rows) => Promise.resolve(this.#write(name, rows)),
      benchmarks: benchmarks.map(({ name }) => name),
    };
  }

  close(): void {
    for (const cache of this.#caches) cache.close();
  }

  async *#read(benchmarks: readonly BenchmarkTexts[]): AsyncGenerator<Read> {
    const { config, configPath } = this.#options;
    const paths = config.sources.map(({ path }) => pathFrom(configPath, path));
    const sizes = paths.map(sizeOfFile);
    const total = sizes.reduce((sum, size) => sum + size, 0);
    let before = 0;
    for (const [source, path] of paths.entries()) {
      yield* this.#readSource(source, path, benchmarks, before, total);
      before += sizes[source] ?? 0;
    }
  }

  async *#readSource(
    source: number,
    path: string,
    benchmarks: readonly BenchmarkTexts[],
    before: number,
    total: number,
  ): AsyncGenerator<Read> {
    const options = await this.#sourceOptions(source, path, benchmarks);
    const { spec, sha256, size } = options;
    const cache = openCache(options);
    this.#caches.push(cache);
    const reading = {
      path: options.asked,
      format: spec.format,
      columns: spec.mapping,
      sha256,
      isCached: cache.isWhole,
    };
    yield { type: 'opened', source: reading };
    const starts = [0];
    this.#texts.push({ cache, firstRow: this.#rows, starts });
    const note = (table: Uint32Array, done: number, bad: Extract<Read, { type: 'rows' }>['bad']): Read => {
      for (const bytes of rowBytes(table)) {
        starts.push((starts.at(-1) ?? 0) + bytes);
        this.#rows++;
      }
      return { type: 'rows', source, table, bad, done: before + Math.min(done, size), total };
    };
    for (const { table, done, bad } of cache.earlier()) yield note(table, done, bad);
    for await (const { table, done, bad } of readRest(cache, options)) yield note(table, done, bad);
  }

  async #sourceOptions(source: number, path: string, benchmarks: readonly BenchmarkTexts[]): Promise<SourceOptions> {
    const { config, configPath, files, cacheFolder, programs } = this.#options;
    const { duplicates, decontamination, correctness, length, threads } = config;
    const asked = config.sources[source];
    if (!asked) throw new Error(`The config has no source ${source}.`);
    const parquet = parquetApart(programs.parquet);
    const { format, mapping } = await readingOf(path, asked, parquet);
    const spec: ExamineSpec = {
      format: format.name,
      mapping,
      verifiers: correctness.verifiers,
      benchmarks,
      decontaminate: decontamination.search,
      ngram: decontamination.ngram,
      deduplicate: duplicates.compare,
      shingleWords: duplicates.ngram,
      tokenizer: length.tokenizer === undefined ? null : readTokenizer(pathFrom(configPath, length.tokenizer)),
    };
    makeCacheFolder(files, cacheFolder);
    const base = { path, asked: asked.path, spec, files, cacheFolder, script: programs.thread, parquet };
    return {
      ...base,
      sha256: await hashOfFile(path),
      size: sizeOfFile(path),
      threads: threads === 0 ? physicalCores() : threads,
    };
  }

  #textOf(row: number): string {
    const source = this.#texts.findLast(({ firstRow }) => firstRow <= row);
    const place = row - (source?.firstRow ?? 0);
    const [start, end] = [source?.starts[place], source?.starts[place + 1]];
    if (source === undefined || start === undefined || end === undefined) throw new Error(`Row ${row} was not read.`);
    return source.cache.textAt(start, end - start);
  }

  #write(name: string, rows: Uint32Array): { file: string; sha256: string } {
    const { files, runFolder } = this.#options;
    files.makeFolder(join(runFolder, RUN_FOLDER.data));
    const file = `${RUN_FOLDER.data}/${name}.jsonl`;
    const { sha256 } = writeDurably(files, join(runFolder, file), this.#lines(rows));
    return { file, sha256 };
  }

  *#lines(rows: Uint32Array): Generator<Uint8Array> {
    for (const row of rows) yield Buffer.from(writtenLine(this.#textOf(row)));
  }
}

/** `.valley/cache` is no source code either. */
export function makeCacheFolder(files: FilePort, folder: string): void {
  for (const part of [join(folder, '..', '..'), join(folder, '..'), folder]) files.makeFolder(part);
  const ignore = join(folder, '..', '.gitignore');
  if (!existsSync(ignore)) writeDurably(files, ignore, [Buffer.from('*\n')]);
}
