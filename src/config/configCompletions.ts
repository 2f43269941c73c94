/** What may be typed at a place of a config: the keys that are not yet there, or the values that a key takes. */
import type { Strings } from '../protocol/translate.ts';
import { hoverText, valueText } from './hoverText.ts';
import { keysWritten, memberOf, placeAt, schemaNodesAt, type Place } from './place.ts';
import { branchesOf, type SchemaNode } from './schemaTree.ts';
import type { Path, Range } from './source.ts';

export interface ConfigCompletion {
  readonly kind: 'key' | 'value';
  readonly label: string;
  /** In the editor's snippet syntax. */
  readonly snippet: string;
  readonly markdown: string;
}

export interface ConfigCompletions {
  /** What they replace; empty between two tokens. */
  readonly range: Range;
  readonly items: readonly ConfigCompletion[];
}

/** Null where nothing can be offered, as in a comment. */
export function configCompletions(text: string, offset: number, strings: Strings): ConfigCompletions | null {
  const place = placeAt(text, offset);
  if (place === null) return null;
  const range = place.written ?? wordAt(text, offset);
  const rest = text.slice(range.end);
  const items = place.isKey ? keysAt(place, rest, strings) : valuesAt(place, rest, strings);
  return items.length > 0 ? { range, items } : null;
}

/** In the order of the schema. A key that has its value keeps it. */
function keysAt(place: Place, rest: string, strings: Strings): ConfigCompletion[] {
  const parent = place.path.slice(0, -1);
  const typed = place.path.at(-1);
  const written = keysWritten(parent.reduce<unknown>((value, part) => memberOf(value, part), place.value));
  const isFree = (key: string): boolean => key === typed || !written.includes(key);
  return [...knownKeys(place, parent)]
    .filter(([key]) => isFree(key))
    .map(([key, node]) => ({
      kind: 'key',
      label: key,
      snippet: /^\s*:/.test(rest) ? JSON.stringify(key) : `${JSON.stringify(key)}: ${valueSnippet(node)}${comma(rest)}`,
      markdown: hoverText(node, strings),
    }));
}

function knownKeys(place: Place, parent: Path): Map<string, SchemaNode> {
  const known = new Map<string, SchemaNode>();
  const typed = String(place.path.at(-1));
  for (const node of schemaNodesAt(place, parent, typed))
    for (const [key, child] of Object.entries(node.properties ?? {})) if (!known.has(key)) known.set(key, child);
  return known;
}

function valuesAt(place: Place, rest: string, strings: Strings): ConfigCompletion[] {
  const found = new Map<string, string>();
  for (const node of schemaNodesAt(place, place.path).flatMap(branchesOf))
    for (const value of valuesOf(node)) {
      const text = JSON.stringify(value);
      if (!found.has(text)) found.set(text, valueText(node, value, strings) || hoverText(node, strings));
    }
  return [...found].map(([label, markdown]) => ({
    kind: 'value',
    label,
    snippet: `${escaped(label)}${comma(rest)}`,
    markdown,
  }));
}

function valuesOf({ enum: values, const: constant, type, default: usual }: SchemaNode): readonly unknown[] {
  if (values) return values;
  if (constant !== undefined) return [constant];
  if (type === 'boolean') return [true, false];
  return usual === undefined || typeof usual === 'object' ? [] : [usual];
}

/** Room for a value of the right kind, the usual one where there is one. */
function valueSnippet(node: SchemaNode): string {
  const [branch = node] = branchesOf(node);
  if (branch.type === 'object') return '{ $1 }';
  if (branch.type === 'array') return '[$1]';
  const [value] = branch.default === undefined ? valuesOf(branch) : [branch.default];
  if (value !== undefined) return `\${1:${escaped(JSON.stringify(value))}}`;
  return branch.type === 'string' ? '"$1"' : '$1';
}

/** A comma where another entry or the end of the line follows, and none stands there. */
const comma = (rest: string): string => (/^\s*(,|[}\]]|$)/.test(rest) ? '' : ',');

const escaped = (text: string): string => text.replaceAll(/[\\$}]/g, '\\$&');

/** Letters and digits before the offset, where no quotes stand around them yet. */
function wordAt(text: string, offset: number): Range {
  const word = /[\w.+-]*$/.exec(text.slice(0, offset))?.[0] ?? '';
  return { start: offset - word.length, end: offset };
}
