/** Which format rows are in, and which column plays which role: guessed from the first rows, or as the config says. */
import type { ColumnMapping, Format } from './format.ts';
import { MappedRow, UnreadableRow } from './format.ts';
import { formats } from './index.ts';

export interface Reading {
  readonly format: Format;
  readonly mapping: ColumnMapping;
}

type Row = Readonly<Record<string, unknown>>;

/**
 * The reading under which most of `rows` have examples; null if none has any.
 * @param wanted a format's name, or `auto`
 * @param columns roles whose column is given; all others are guessed
 * @param among the formats that may be meant
 */
export function guessReading(
  rows: readonly Row[],
  wanted = 'auto',
  columns: ColumnMapping = {},
  among: readonly Format[] = formats,
): Reading | null {
  const names = new Set(rows.flatMap((row) => Object.keys(row)));
  const readings = among
    .filter(({ name }) => wanted === 'auto' || name === wanted)
    .map((format) => ({ format, mapping: mappingOf(format, names, columns) }))
    .filter(({ format, mapping }) => isWhole(format, mapping) && usesAll(format, columns));
  const readable = readings.map((reading) => rows.filter((row) => isReadable(row, reading)).length);
  const most = Math.max(0, ...readable);
  return most === 0 ? null : (readings[readable.indexOf(most)] ?? null);
}

/** The columns of a format among these names. */
function mappingOf({ roles }: Format, names: ReadonlySet<string>, given: ColumnMapping): ColumnMapping {
  const entries = roles.flatMap(({ role, columns }) => {
    const column = given[role] ?? columns.find((name) => names.has(name));
    return column === undefined ? [] : [[role, column] as const];
  });
  return Object.fromEntries(entries);
}

const isWhole = ({ roles }: Format, mapping: ColumnMapping): boolean =>
  roles.every(({ role, isRequired }) => !isRequired || mapping[role] !== undefined);

/** A role that someone has given a column says which formats can be meant. */
const usesAll = ({ roles }: Format, given: ColumnMapping): boolean =>
  Object.keys(given).every((role) => roles.some((known) => known.role === role));

function isReadable(row: Row, { format, mapping }: Reading): boolean {
  try {
    return format.parse(new MappedRow(row, mapping)).length > 0;
  } catch (error) {
    if (error instanceof UnreadableRow) return false;
    throw error;
  }
}
