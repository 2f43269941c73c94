/** A config as the editor shows it at large: the tree of its keys, and its text put in order. */
import { format, type Node } from 'jsonc-parser';
import { displayLine } from '../protocol/displayText.ts';
import { propertiesOf, rangeOf, readSource, type Range } from './source.ts';

export interface OutlineEntry {
  readonly name: string;
  /** As it is written, on one line; empty for a section. */
  readonly value: string;
  /** From the key to the end of the value. */
  readonly range: Range;
  readonly key: Range;
  readonly inner: readonly OutlineEntry[];
}

/** The keys as written, also of a text that is not whole. */
export function outlineOf(text: string): readonly OutlineEntry[] {
  const { root } = readSource(text, '');
  return root ? entriesOf(root, text) : [];
}

function entriesOf(node: Node, text: string): OutlineEntry[] {
  if (node.type !== 'object') return [];
  return propertiesOf(node).map(({ key, value }) => ({
    name: displayLine(String(key.value), 80) || '""',
    value:
      value && value.type !== 'object' ? displayLine(text.slice(value.offset, value.offset + value.length), 80) : '',
    range: { start: key.offset, end: value ? value.offset + value.length : key.offset + key.length },
    key: rangeOf(key),
    inner: value ? entriesOf(value, text) : [],
  }));
}

export interface FormatEdit {
  readonly range: Range;
  readonly text: string;
}

/** White space only: comments and trailing commas stay. */
export const formatEdits = (
  text: string,
  options: { readonly tabSize: number; readonly insertSpaces: boolean },
): readonly FormatEdit[] =>
  format(text, undefined, { ...options, eol: text.includes('\r\n') ? '\r\n' : '\n' }).map(
    ({ offset, length, content }) => ({ range: { start: offset, end: offset + length }, text: content }),
  );
