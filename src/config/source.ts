/** The text of a config as a tree that knows where everything is written. */
import { createScanner, parseTree, type Node, type ParseError } from 'jsonc-parser';

export type Path = readonly (string | number)[];

/** A place in the text: UTF-16 offsets, `end` exclusive. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

export interface Source {
  readonly file: string;
  readonly text: string;
  readonly root: Node | null;
  readonly syntaxErrors: readonly ParseError[];
  /** False where lists or objects are nested so deep that no config can be meant; then `root` is null. */
  readonly isShallow: boolean;
}

const DEEPEST = 60;

/** Reads JSON with comments and trailing commas. Never throws. */
export function readSource(given: string, file: string): Source {
  const text = given.startsWith('\ufeff') ? ` ${given.slice(1)}` : given;
  const isShallow = depthOf(text) <= DEEPEST;
  const syntaxErrors: ParseError[] = [];
  const root = isShallow ? parseTree(text, syntaxErrors, { allowTrailingComma: true }) : undefined;
  return { file, text, root: root ?? null, syntaxErrors, isShallow };
}

function depthOf(text: string): number {
  const scanner = createScanner(text, true);
  let depth = 0;
  let deepest = 0;
  for (let token: number = scanner.scan(); token !== END_OF_TEXT; token = scanner.scan()) {
    if (token === OPEN_BRACE || token === OPEN_BRACKET) deepest = Math.max(deepest, ++depth);
    else if (token === CLOSE_BRACE || token === CLOSE_BRACKET) depth--;
  }
  return deepest;
}

// jsonc-parser's SyntaxKind is an ambient const enum, which isolated modules cannot read.
const [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET, END_OF_TEXT] = [1, 2, 3, 4, 17];

/** The plain value of a node. A key such as `__proto__` is an ordinary own key; of duplicates the last counts. */
export function valueOf(node: Node | null | undefined): unknown {
  if (node?.type === 'array') return (node.children ?? []).map(valueOf);
  if (node?.type !== 'object') return node?.value as unknown;
  return Object.fromEntries(propertiesOf(node).map(({ key, value }) => [String(key.value), valueOf(value)] as const));
}

export interface Property {
  readonly key: Node;
  readonly value: Node | null;
}

/** Keys and values of an object node as written, duplicates included. */
export const propertiesOf = (node: Node): readonly Property[] =>
  (node.children ?? []).flatMap((property) => {
    const [key, value] = property.children ?? [];
    return key ? [{ key, value: value ?? null }] : [];
  });

/** The node at a path, or null where the text says nothing. */
export function nodeAt(root: Node | null, path: Path): Node | null {
  let node = root;
  for (const part of path) {
    if (!node) return null;
    node = typeof part === 'number' ? (node.children?.[part] ?? null) : (propertyOf(node, part)?.value ?? null);
  }
  return node;
}

/** The last property of that name, which is the one that counts. */
export const propertyOf = (node: Node, name: string): Property | undefined =>
  node.type === 'object' ? propertiesOf(node).findLast(({ key }) => key.value === name) : undefined;

export const rangeOf = (node: Node): Range => ({ start: node.offset, end: node.offset + node.length });

/** Line and column from 1 of an offset; `\n`, `\r\n` and a lone `\r` end a line, as in the editor. */
export function positionAt(text: string, offset: number): { line: number; column: number } {
  const lines = text.slice(0, offset).split(/\r\n|\n|\r(?!\n)/);
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
}
