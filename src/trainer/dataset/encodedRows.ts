/** The examples of one file as tokens, kept on disk: a second start finds them there, an interrupted one goes on, and a step reads only its own. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { english, phrase, said } from '../../protocol/sentence.ts';
import { reasonText } from '../../protocol/preparationText.ts';
import type { RowsConfig } from '../../config/rowsSchema.ts';
import type { FilePort } from '../../data/files.ts';
import { isRefusal } from '../../engine/chat/chatFinding.ts';
import type { ModelText } from '../../engine/chat/exampleEncoder.ts';
import type { UnusedRow } from '../../engine/recipes/prepareDeps.ts';
import type { EncodedExample, RowsRead, RowsSource } from '../../engine/recipes/rowsSource.ts';
import { RunFailure } from '../../engine/recipes/runFailure.ts';
import {
  EXAMPLE_WORDS,
  ExampleTable,
  packExample,
  type PackedExample,
  type RowText,
} from '../../engine/rows/exampleTable.ts';
import type { Reading } from '../../engine/formats/guess.ts';
import type { ParquetReader } from '../../data/rows/rowBlocks.ts';
import { sizeOfFile } from '../../data/rows/fileBytes.ts';
import { RowsCache } from '../prepare/rowsCache.ts';
import { hashOfFile, requireUnchanged } from '../prepare/sources.ts';
import { encodingKey, rowEncoder, rowReading } from './rowReading.ts';
import { encodeRows, type EncodedBlock, type EncodedRow } from './encodeRows.ts';

export interface EncodedRowsOptions {
  readonly data: RowsConfig;
  /** Whether rows are preferences: of each two examples, the chosen one and then the rejected one. */
  readonly isPaired?: boolean;
  /** Of the file, absolute. */
  readonly path: string;
  readonly text: ModelText;
  /** What the tokens depend on beside file and options: tokenizer files and template. */
  readonly textKey: string;
  /** Where encoded files are kept; made by the caller. */
  readonly cacheFolder: string;
  readonly files: FilePort;
  readonly parquet: ParquetReader;
}

/** Raised when what is kept of an example changes: older caches are not read any more. */
const VERSION = 3;

export class EncodedRows implements RowsSource {
  readonly table = new ExampleTable();
  readonly #options: EncodedRowsOptions;
  #cache: RowsCache | null = null;

  constructor(options: EncodedRowsOptions) {
    this.#options = options;
  }

  async *read(): AsyncGenerator<RowsRead> {
    const { path, data, parquet } = this.#options;
    const size = sizeOfFile(path);
    const sha256 = await hashOfFile(path);
    const reading = await rowReading(path, data, parquet);
    const cache = this.#open(sha256, reading);
    this.#cache = cache;
    const { format, mapping } = reading;
    const source = { path: data.path, format: format.name, columns: mapping, sha256, isCached: cache.isWhole };
    yield { type: 'opened', source };
    for (const { table, bad, done } of cache.earlier())
      if (table.length + bad.length > 0) yield this.#take(table, bad, done, size);
    if (cache.isWhole) return;
    const encoder = rowEncoder(data, this.#options.text, this.#options.isPaired);
    for await (const block of encodeRows({ path, reading, encoder, parquet, skip: cache.blocks })) {
      const { facts, bytes, bad } = packBlock(block);
      const done = Math.min(size, block.done);
      cache.add({ table: facts, bad, done }, bytes);
      // A block is a second's work.
      cache.commit(false);
      yield this.#take(facts, bad, done, size);
    }
    await requireUnchanged({ path, asked: data.path, sha256 }, cache);
    cache.commit(true);
  }

  exampleAt(example: number): EncodedExample {
    const { start, tokenBytes } = this.table.record(example);
    return { tokens: new Int32Array(this.#bytesAt(start, tokenBytes).buffer) };
  }

  textAt(example: number): RowText {
    const { start, tokenBytes, textBytes } = this.table.record(example);
    return JSON.parse(Buffer.from(this.#bytesAt(start + tokenBytes, textBytes)).toString('utf8')) as RowText;
  }

  close(): void {
    this.#cache?.close();
    this.#cache = null;
  }

  #take(facts: Uint32Array, bad: readonly UnusedRow[], done: number, total: number): RowsRead {
    const { data } = this.#options;
    const [first] = bad;
    if (first && data.onBadRow === 'stop') throw badRow(data.path, first);
    this.table.append(facts);
    return { type: 'rows', bad, examples: facts.length / EXAMPLE_WORDS, done, total };
  }

  /** Named after all that the tokens depend on. */
  #open(sha256: string, { format, mapping }: Reading): RowsCache {
    const { path, data, textKey, cacheFolder, files, isPaired } = this.#options;
    const ending = path.slice(path.lastIndexOf('.'));
    const parts = [
      VERSION,
      sha256,
      ending,
      format.name,
      mapping,
      ...encodingKey(data),
      textKey,
      ...(isPaired ? ['pairs'] : []),
    ];
    const key = createHash('sha256').update(JSON.stringify(parts)).digest('hex');
    return RowsCache.open(files, join(cacheFolder, key.slice(0, 32)));
  }

  #bytesAt(start: number, bytes: number): Uint8Array<ArrayBuffer> {
    if (!this.#cache) throw new Error('The encoded rows are closed.');
    return this.#cache.bytesAt(start, bytes);
  }
}

function packBlock({ rows, bad }: EncodedBlock) {
  const packed = rows.flatMap(packedOf);
  const facts = new Uint32Array(packed.length * EXAMPLE_WORDS);
  for (const [at, one] of packed.entries()) facts.set(one.facts, at * EXAMPLE_WORDS);
  const parts = packed.flatMap(({ tokens, text }) => [new Uint8Array(tokens.buffer), Buffer.from(text)]);
  return { facts, bytes: Buffer.concat(parts), bad: [...bad, ...rows.flatMap((row) => refusalOf(row) ?? [])] };
}

function packedOf({ example, outcome, line }: EncodedRow): PackedExample[] {
  if ('refused' in outcome) return [];
  const encoded = outcome.rejected ? [outcome, outcome.rejected] : [outcome];
  return encoded.map((one) => packExample(example, one, line, (text) => Buffer.byteLength(text)));
}

function refusalOf({ outcome, line }: EncodedRow): UnusedRow | null {
  if (!('refused' in outcome)) return null;
  const { kind, said: why } = outcome.refused;
  if (!isRefusal(kind)) throw new Error(`A row was refused for "${kind}", which is no reason to.`);
  return { line, rows: 1, rule: kind, detail: kind === 'raised' ? english(why) : '' };
}

const badRow = (path: string, { line, rule, detail }: UnusedRow): RunFailure =>
  new RunFailure(
    'badDataset',
    detail === ''
      ? said`${path}:${line}: ${phrase(reasonText(rule))}.`
      : said`${path}:${line}: ${phrase(reasonText(rule))}: ${detail}.`,
    'Correct the row, or set `data.onBadRow` to "skip".',
  );
