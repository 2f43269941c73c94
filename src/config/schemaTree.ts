/** The schema as plain data to look things up in: which keys a place knows, and where else a key is known. */
import { z } from 'zod';
import { runConfig } from './schema.ts';

/** The part of JSON Schema (draft-07) that this schema uses. */
export interface SchemaNode {
  type?: string;
  properties?: Record<string, SchemaNode>;
  required?: string[];
  additionalProperties?: boolean;
  /** Of a list. */
  items?: SchemaNode;
  maxItems?: number;
  anyOf?: SchemaNode[];
  oneOf?: SchemaNode[];
  enum?: (string | number | boolean)[];
  enumDescriptions?: string[];
  const?: string;
  default?: unknown;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  minLength?: number;
  maxLength?: number;
  description?: string;
  markdownDescription?: string;
  title?: string;
  unit?: string;
  /** VS Code: a comma after the last entry is no mistake. */
  allowTrailingCommas?: boolean;
  if?: SchemaNode;
  $schema?: string;
}

/** The JSON Schema of a config file as the zod schema tells it, without the bounds that only say "a safe integer". Made when it is first asked for, and by nobody changed. */
export const schemaTree = ((): (() => SchemaNode) => {
  let made: SchemaNode | null = null;
  return () => (made ??= treeOfSchema());
})();

function treeOfSchema(): SchemaNode {
  return z.toJSONSchema(runConfig, {
    io: 'input',
    target: 'draft-7',
    override: ({ jsonSchema }) => {
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    },
  }) as SchemaNode;
}

/** One node for each recipe, in the order of the schema. */
export const recipeNodes = (tree: SchemaNode): readonly SchemaNode[] => tree.oneOf ?? tree.anyOf ?? [];

export const recipeOf = (node: SchemaNode): string => node.properties?.['recipe']?.const ?? '';

/** The alternatives of a node: itself unless it is a union. */
export const branchesOf = (node: SchemaNode): readonly SchemaNode[] => node.anyOf ?? node.oneOf ?? [node];

/** The nodes at a path below a recipe's node; more than one behind a union. */
export function nodesAt(node: SchemaNode, path: readonly (string | number)[]): readonly SchemaNode[] {
  return path.reduce<readonly SchemaNode[]>(
    (nodes, part) => nodes.flatMap(branchesOf).flatMap((branch) => childOf(branch, String(part))),
    [node],
  );
}

const childOf = (node: SchemaNode, key: string): SchemaNode[] => {
  if (node.items) return [node.items];
  const child = node.properties && Object.hasOwn(node.properties, key) ? node.properties[key] : undefined;
  return child ? [child] : [];
};

export const keysOf = (node: SchemaNode): readonly string[] =>
  branchesOf(node).flatMap(({ properties }) => Object.keys(properties ?? {}));

/** Every key below a node with the section it belongs to (empty: top level, `training.lora`: within `lora`), in the order of the schema. */
export function allKeys(node: SchemaNode, section = ''): readonly { readonly section: string; readonly key: string }[] {
  const inner = (key: string): string => (section === '' ? key : `${section}.${key}`);
  return keysOf(node).flatMap((key) => [
    { section, key },
    ...nodesAt(node, [key]).flatMap((child) => allKeys(child, inner(key))),
  ]);
}
