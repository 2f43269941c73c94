/** Sets values in the text of a config and leaves everything else, comments too, as it is written. */
import type { Node } from 'jsonc-parser';
import { nodeAt, propertiesOf, readSource, valueOf } from '../source.ts';

export interface Change {
  /** Of keys; what is missing on the way is made. */
  readonly path: readonly string[];
  readonly value: unknown;
}

/** The changes one after the other. The text must be a config without errors. */
export const editConfig = (text: string, changes: readonly Change[]): string => changes.reduce(setValue, text);

function setValue(text: string, { path, value }: Change): string {
  const { root } = readSource(text, '');
  const node = nodeAt(root, path);
  if (node) return node.type === 'array' ? setList(text, node, value) : splice(text, node, written(value));
  const parent = nodeAt(root, path.slice(0, -1));
  if (parent?.type === 'object') return addKey(text, parent, `${JSON.stringify(path.at(-1))}: ${written(value)}`);
  if (path.length < 2) throw new Error('The config is no object: check it before it is edited.');
  return setValue(text, { path: path.slice(0, -1), value: { [path.at(-1) ?? '']: value } });
}

/** A list that only grows keeps what is written between its items. */
function setList(text: string, node: Node, value: unknown): string {
  const before = valueOf(node) as readonly unknown[];
  const last = node.children?.at(-1);
  const grows =
    Array.isArray(value) && before.every((item, at) => JSON.stringify(item) === JSON.stringify(value[at] as unknown));
  if (!grows || !last) return splice(text, node, written(value));
  const added = value.slice(before.length).map((item: unknown) => `, ${written(item)}`);
  return insert(text, last.offset + last.length, added.join(''));
}

function addKey(text: string, parent: Node, property: string): string {
  const last = propertiesOf(parent).at(-1);
  if (!last) return splice(text, parent, `{ ${property} }`);
  const end = last.value ? last.value.offset + last.value.length : last.key.offset + last.key.length;
  const lineStart = text.lastIndexOf('\n', last.key.offset) + 1;
  const indent = /^[ \t]*/.exec(text.slice(lineStart))?.[0] ?? '';
  if (lineStart + indent.length !== last.key.offset) return insert(text, end, `, ${property}`);
  const rest = /^([ \t]*)(,?)([ \t]*(?:\/\/[^\r\n]*)?)(?=\r?\n)/.exec(text.slice(end));
  const newLine = text.includes('\r\n') ? '\r\n' : '\n';
  if (!rest) return insert(text, end, `,${newLine}${indent}${property}`);
  const [all, , comma] = rest;
  const added = insert(text, end + all.length, `${newLine}${indent}${property}`);
  return comma === ',' ? added : insert(added, end, ',');
}

const insert = (text: string, at: number, added: string): string => text.slice(0, at) + added + text.slice(at);

const splice = (text: string, { offset, length }: Node, added: string): string =>
  text.slice(0, offset) + added + text.slice(offset + length);

/** On one line, as people write it. */
function written(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(written).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return `{ ${members.map(([key, member]) => `${JSON.stringify(key)}: ${written(member)}`).join(', ')} }`;
}
