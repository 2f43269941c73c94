/** What every reader gives: pieces of a file as lines of JSON, one row a line, whatever it was stored as. */

export interface RowBlock {
  /** Whole rows as UTF-8, each ending in a line feed (but perhaps the last). */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Number of the first row of this block, from 1: a line of the file, or a row where the file has no lines. */
  readonly firstLine: number;
  /** The line on which each row begins, where they do not follow one another. */
  readonly lines: Uint32Array<ArrayBuffer> | null;
  /** Rows that the reader itself had to leave out. */
  readonly bad: readonly BadRow[];
}

/** Why a row cannot be used: a code that is counted. */
export const ROW_RULES = [
  'notUtf8',
  'notJson',
  'tooLong',
  'tooDeep',
  'notAnObject',
  'missingColumn',
  'wrongType',
  'empty',
] as const;
export type RowRule = (typeof ROW_RULES)[number];

/** Rows of one block that cannot be used, for one reason. */
export interface BadRow {
  readonly rows: number;
  /** The first of them. */
  readonly line: number;
  readonly rule: RowRule;
  /** What was found, e.g. the column and its type; never longer than a line. */
  readonly detail: string;
}

export interface BlockLimits {
  /** A block is cut as soon as it has so many bytes. */
  readonly blockBytes: number;
  /** A longer row is left out. */
  readonly rowBytes: number;
}

export const BLOCK_LIMITS: BlockLimits = { blockBytes: 1 << 20, rowBytes: 8 << 20 };

export const tooLong = (line: number, limit: number): BadRow => ({
  rows: 1,
  line,
  rule: 'tooLong',
  detail: `more than ${limit} bytes`,
});
