/** From a line of a data file to the row and the examples it holds. */
import type { Example } from '../formats/format.ts';
import { MappedRow, UnreadableRow } from '../formats/format.ts';
import type { Reading } from '../formats/guess.ts';
import type { BadExample } from './examine.ts';

/** Deeper rows are refused: what walks them later may not be as patient as the parser. */
const DEEPEST = 64;
const LONGEST_DETAIL = 160;

export type UnreadRow = Pick<BadExample, 'rule' | 'detail'>;
type ReadRow = { readonly row: Readonly<Record<string, unknown>> } | { readonly bad: UnreadRow };

/** The examples of a line, none for a blank one, or why it has none. `text` is null where the file has no UTF-8. */
export function examplesIn(
  text: string | null,
  { format, mapping }: Reading,
): { readonly examples: readonly Example[] } | { readonly bad: UnreadRow } {
  if (text === null) return refuse('notUtf8', 'bytes that are no UTF-8');
  if (text.trim() === '') return { examples: [] };
  const read = readRow(text);
  if ('bad' in read) return read;
  try {
    return { examples: format.parse(new MappedRow(read.row, mapping)) };
  } catch (error) {
    if (error instanceof UnreadableRow) return refuse(error.rule, error.message);
    throw error;
  }
}

const refuse = (rule: UnreadRow['rule'], detail: string): { readonly bad: UnreadRow } => ({
  bad: { rule, detail: detail.slice(0, LONGEST_DETAIL) },
});

/** The object that a line holds, or why it holds none. */
export function readRow(text: string): ReadRow {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return refuse('notAnObject', `the row is ${text.slice(0, 40)}`);
    if (isDeeper(value, DEEPEST)) return refuse('tooDeep', `nested deeper than ${DEEPEST} levels`);
    return { row: value as Readonly<Record<string, unknown>> };
  } catch (error) {
    if (error instanceof SyntaxError) return refuse('notJson', error.message);
    throw error;
  }
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  for (const inner of Object.values(value)) if (isDeeper(inner, levels - 1)) return true;
  return false;
}
