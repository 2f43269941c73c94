/** Reads Parquet row group by row group as blocks of JSON lines, in the columns that are asked for. */
import { said } from '../../protocol/sentence.ts';
import { open, type FileHandle } from 'node:fs/promises';
import {
  parquetMetadataAsync,
  parquetReadObjects,
  type AsyncBuffer,
  type Compressors,
  type FileMetaData,
} from 'hyparquet';
import { compressors, decompressZstd } from 'hyparquet-compressors';
import { errnoOf, FileFailure } from '../dataFailure.ts';
import { BadDataset } from './badDataset.ts';
import { BLOCK_LIMITS, tooLong, type BadRow, type BlockLimits, type RowBlock } from './block.ts';
import { checkParquet, MOST_FOOTER, PAGE_BYTES, PAGE_FREE, PAGE_GROWTH } from './parquetLimits.ts';

const MAGIC = 0x31524150;

export interface ParquetOptions {
  /** All if left out. */
  readonly columns?: readonly string[];
  /** No more rows than these are decoded. */
  readonly rows?: number;
  readonly limits?: BlockLimits;
}

/**
 * Rows are numbered from 1. Throws `FileFailure` and `BadDataset`.
 * A hostile file may still take all memory or time while it is decoded: run this where it can be ended (`readParquetApart`).
 */
export async function* parquetBlocks(path: string, options: ParquetOptions = {}): AsyncGenerator<RowBlock> {
  const file = await openFile(path);
  try {
    const { size } = await file.stat();
    const buffer = bufferOf(path, file, size);
    const metadata = await readFooter(path, buffer);
    yield* readGroups(path, buffer, metadata, options);
  } finally {
    await file.close();
  }
}

/** Names of the columns at the top of the schema. */
export const columnsOf = ({ schema }: FileMetaData): string[] => {
  const names: string[] = [];
  for (let at = 1; at < schema.length; at += sizeAt(schema, at)) names.push(schema[at]?.name ?? '');
  return names;
};

const sizeAt = (schema: FileMetaData['schema'], at: number): number => {
  let size = 1;
  for (let child = 0; child < (schema[at]?.num_children ?? 0); child++) size += sizeAt(schema, at + size);
  return size;
};

async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path);
  } catch (error) {
    const errno = errnoOf(error);
    throw errno === null ? error : new FileFailure('open', path, errno, error);
  }
}

const bufferOf = (path: string, file: FileHandle, byteLength: number): AsyncBuffer => ({
  byteLength,
  slice: async (start, end = byteLength) => {
    if (!(start >= 0 && end >= start && end <= byteLength))
      throw new BadDataset(path, 'parquetPlace', said`It points at bytes ${start} to ${end} of ${byteLength}.`);
    const bytes = new Uint8Array(end - start);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, start);
    if (bytesRead !== bytes.length) throw new BadDataset(path, 'parquetPlace', 'It became shorter while it was read.');
    return bytes.buffer;
  },
});

async function readFooter(path: string, buffer: AsyncBuffer): Promise<FileMetaData> {
  const size = buffer.byteLength;
  if (size < 12) throw new BadDataset(path, 'parquetMagic', said`It has only ${size} bytes.`);
  const head = new DataView(await buffer.slice(0, 4));
  const tail = new DataView(await buffer.slice(size - 8, size));
  if (head.getUint32(0, true) !== MAGIC || tail.getUint32(4, true) !== MAGIC)
    throw new BadDataset(path, 'parquetMagic', 'PAR1 is missing: it is no Parquet file, or was cut short.');
  const length = tail.getUint32(0, true);
  if (length > Math.min(MOST_FOOTER, size - 12))
    throw new BadDataset(path, 'parquetFooter', said`Its footer has ${length} bytes of ${size}.`);
  const metadata = await guarded(path, 'parquetFooter', () => parquetMetadataAsync(buffer, { geoparquet: false }));
  await guarded(path, 'parquetSchema', () => Promise.resolve(checkParquet(path, metadata, size)));
  return metadata;
}

async function* readGroups(
  path: string,
  file: AsyncBuffer,
  metadata: FileMetaData,
  { columns, rows: most = Infinity, limits = BLOCK_LIMITS }: ParquetOptions,
): AsyncGenerator<RowBlock> {
  const known = columnsOf(metadata);
  const wanted = columns?.filter((name) => known.includes(name));
  let rowStart = 0;
  for (const { num_rows } of metadata.row_groups) {
    const rowEnd = Math.min(rowStart + Number(num_rows), most);
    if (rowEnd <= rowStart) break;
    const rows = await guarded(path, 'parquetPages', () =>
      parquetReadObjects({
        ...{ file, metadata, rowStart, rowEnd, compressors: guardedCompressors(path) },
        ...(wanted && wanted.length > 0 ? { columns: wanted } : {}),
      }),
    );
    yield* blocksOf(rows, rowStart + 1, limits);
    rowStart += Number(num_rows);
  }
}

function* blocksOf(rows: readonly unknown[], firstRow: number, limits: BlockLimits): Generator<RowBlock> {
  let texts: string[] = [];
  let lines: number[] = [];
  let bad: BadRow[] = [];
  let length = 0;
  for (const [at, row] of rows.entries()) {
    const text = textOf(row);
    if (text.length > limits.rowBytes) bad.push(tooLong(firstRow + at, limits.rowBytes));
    else {
      texts.push(text);
      lines.push(firstRow + at);
      length += text.length;
    }
    if (length < limits.blockBytes && at < rows.length - 1) continue;
    const bytes = new TextEncoder().encode(texts.map((line) => `${line}\n`).join(''));
    yield { bytes, firstLine: firstRow, lines: Uint32Array.from(lines), bad };
    [texts, lines, bad, length] = [[], [], [], 0];
  }
}

/** A row as JSON: whole numbers of 64 bits as numbers, bytes as nothing. */
const textOf = (row: unknown): string =>
  JSON.stringify(row, (_, value: unknown) =>
    typeof value === 'bigint' ? Number(value) : value instanceof Uint8Array ? null : value,
  ) ?? 'null';

/** Into a buffer of the announced length, whatever the stream itself says. */
const bounded = (input: Uint8Array, length: number): Uint8Array => decompressZstd(input, new Uint8Array(length));

/** The decompressors, which ask first how much is announced. */
const guardedCompressors = (path: string): Compressors =>
  Object.fromEntries(
    Object.entries({ ...compressors, ZSTD: bounded }).map(([codec, unpack]) => [
      codec,
      (input: Uint8Array, length: number): Uint8Array => {
        if (!(length >= 0 && length <= PAGE_BYTES && length <= PAGE_FREE + input.length * PAGE_GROWTH))
          throw new BadDataset(path, 'parquetGrowth', said`A page of ${input.length} bytes announces ${length}.`);
        return unpack(input, length);
      },
    ]),
  );

/** Whatever a decoder throws at damaged bytes becomes the rule that is broken. */
async function guarded<T>(
  path: string,
  rule: 'parquetFooter' | 'parquetSchema' | 'parquetPages',
  read: () => Promise<T>,
): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof BadDataset) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new BadDataset(path, rule, said`The decoder says: ${why.slice(0, 200)}.`, error);
  }
}
