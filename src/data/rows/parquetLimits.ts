/** What is checked of a Parquet file before a byte of its columns is decoded: forged counts end here. */
import { said, type Told } from '../../protocol/sentence.ts';
import type { FileMetaData } from 'hyparquet';
import { BadDataset } from './badDataset.ts';

const MOST_COLUMNS = 10_000;
const DEEPEST = 32;
export const MOST_FOOTER = 64 << 20;
export const PAGE_GROWTH = 200;
/** Small pages may grow more: they do no harm. */
export const PAGE_FREE = 1 << 20;
export const PAGE_BYTES = 256 << 20;
/** Run-length encoding can say many values in few bytes, but a row group of a real file holds a million at most. */
const VALUES_PER_BYTE = 20_000;

/** Throws `BadDataset`. `size` is that of the whole file in bytes. */
export function checkParquet(path: string, metadata: FileMetaData, size: number): void {
  checkSchema(path, metadata);
  const rows = metadata.row_groups.map(({ num_rows }) => whole(path, num_rows, 'rows of a row group'));
  const all = whole(path, metadata.num_rows, 'rows');
  const sum = rows.reduce((total, count) => total + count, 0);
  if (sum !== all)
    throw new BadDataset(path, 'parquetCounts', said`${all} rows are announced, but its row groups have ${sum}.`);
  metadata.row_groups.forEach((group, number) => checkGroup(path, group, number, size));
}

function checkSchema(path: string, { schema }: FileMetaData): void {
  const refuse = (detail: Told): never => {
    throw new BadDataset(path, 'parquetSchema', detail);
  };
  if (schema.length < 2 || schema.length > MOST_COLUMNS) refuse(said`Its schema has ${schema.length - 1} entries.`);
  const open: number[] = [];
  schema.forEach(({ name, num_children: children = 0 }, at) => {
    if (typeof name !== 'string') refuse(said`Entry ${at} of its schema has no name.`);
    if (!Number.isInteger(children) || children < 0 || children >= schema.length)
      refuse(said`The entry "${name}" has ${children} children.`);
    while (open.length > 0 && open.at(-1) === 0) open.pop();
    if (at > 0 && open.length === 0) refuse(said`The entry "${name}" has no parent.`);
    if (open.length > 0) open[open.length - 1] = (open.at(-1) ?? 1) - 1;
    open.push(children);
    if (open.length > DEEPEST + 1) refuse(said`It is nested ${open.length - 1} levels deep.`);
  });
  if (open.some((left) => left > 0)) refuse('It announces more columns than it has.');
}

type RowGroup = FileMetaData['row_groups'][number];

function checkGroup(path: string, { columns, num_rows }: RowGroup, number: number, size: number): void {
  const rows = Number(num_rows);
  for (const { meta_data: column } of columns) {
    const name = column?.path_in_schema.join('.') ?? '?';
    if (!column) throw new BadDataset(path, 'parquetFooter', said`A column of row group ${number} has no description.`);
    const bytes = whole(path, column.total_compressed_size, name);
    const start = whole(path, column.dictionary_page_offset ?? column.data_page_offset, name);
    if (start + bytes > size || whole(path, column.data_page_offset, name) > size)
      throw new BadDataset(
        path,
        'parquetPlace',
        said`The column "${name}" of row group ${number} ends at byte ${start + bytes} of ${size}.`,
      );
    const values = whole(path, column.num_values, name);
    if (values > (bytes + 1) * VALUES_PER_BYTE || rows > values)
      throw new BadDataset(
        path,
        'parquetCounts',
        said`The column "${name}" has ${values} values for ${rows} rows in ${bytes} bytes.`,
      );
  }
  if (columns.length === 0 && rows > 0)
    throw new BadDataset(path, 'parquetCounts', said`Row group ${number} has rows, but no columns.`);
}

/** A count of the footer as a number. */
function whole(path: string, value: bigint | number | undefined, what: string): number {
  const count = Number(value);
  if (Number.isSafeInteger(count) && count >= 0) return count;
  throw new BadDataset(path, 'parquetCounts', said`It announces ${String(value)} as a count or place of ${what}.`);
}
