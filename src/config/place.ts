/** Where in a config a person points or types, and what the schema knows of that place. */
import { createScanner, getLocation } from 'jsonc-parser';
import { branchesOf, keysOf, nodesAt, recipeNodes, recipeOf, schemaTree, type SchemaNode } from './schemaTree.ts';
import { readSource, valueOf, type Path, type Range } from './source.ts';

export interface Place {
  /** With the key that is pointed at or typed as its last part. */
  readonly path: Path;
  /** Whether a key stands here, or may be typed here; else a value. */
  readonly isKey: boolean;
  /** The key or value under the pointer; null between them. */
  readonly written: Range | null;
  /** The config as far as it can be read. */
  readonly value: unknown;
}

/** The place at an offset (UTF-16); null in a comment or in a text that is nested too deep. */
export function placeAt(text: string, offset: number): Place | null {
  const source = readSource(text, '');
  if (!source.isShallow || isInComment(text, offset)) return null;
  const { path, isAtPropertyKey: isKey, previousNode } = getLocation(text, offset);
  const end = previousNode ? previousNode.offset + previousNode.length : -1;
  const written = previousNode && end >= offset ? { start: previousNode.offset, end } : null;
  return { path, isKey, written, value: valueOf(source.root) };
}

/**
 * What the schema says of a path: one node for each branch of a union that the keys written there have not ruled out.
 * `typed` is a key that is only being typed there.
 */
export function schemaNodesAt({ value }: Pick<Place, 'value'>, path: Path, typed = ''): readonly SchemaNode[] {
  const recipes = recipeNodes(schemaTree());
  const named = recipes.filter((node) => recipeOf(node) === memberOf(value, 'recipe'));
  return descend(named.length > 0 ? named : recipes, value, path, typed);
}

function descend(nodes: readonly SchemaNode[], value: unknown, path: Path, typed: string): readonly SchemaNode[] {
  const [part, ...rest] = path;
  const fitting = fittingBranches(nodes, value, part === undefined ? typed : String(part));
  if (part === undefined) return fitting;
  return descend(
    fitting.flatMap((node) => nodesAt(node, [part])),
    memberOf(value, part),
    rest,
    typed,
  );
}

/** Branches that know every key which is written and known at all; `except` does not count. */
function fittingBranches(nodes: readonly SchemaNode[], value: unknown, except: string): readonly SchemaNode[] {
  const keys = keysWritten(value).filter((key) => key !== except && nodes.flatMap(keysOf).includes(key));
  if (keys.length === 0) return nodes;
  const left = nodes.flatMap(branchesOf).filter((branch) => keys.every((key) => keysOf(branch).includes(key)));
  return left.length > 0 ? left : nodes;
}

export const keysWritten = (value: unknown): readonly string[] =>
  typeof value === 'object' && value !== null ? Object.keys(value) : [];

export function memberOf(value: unknown, key: string | number): unknown {
  return typeof value === 'object' && value !== null ? Object.getOwnPropertyDescriptor(value, key)?.value : undefined;
}

// jsonc-parser's SyntaxKind is an ambient const enum, which isolated modules cannot read.
const [LINE_COMMENT, BLOCK_COMMENT, END_OF_TEXT] = [12, 13, 17];

function isInComment(text: string, offset: number): boolean {
  const scanner = createScanner(text, false);
  for (let token: number = scanner.scan(); token !== END_OF_TEXT; token = scanner.scan()) {
    const start = scanner.getTokenOffset();
    const end = start + scanner.getTokenLength();
    if (start >= offset) return false;
    if (token === LINE_COMMENT && offset <= end) return true;
    if (token === BLOCK_COMMENT && offset < end) return true;
  }
  return false;
}
