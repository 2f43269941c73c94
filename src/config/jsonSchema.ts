/** The JSON Schemas of configs: the strict one, and the one by which the editor completes and documents. The build writes both to dist/. */
import { hoverText } from './hoverText.ts';
import { schemaTree, type SchemaNode } from './schemaTree.ts';

/** Draft-07, as VS Code reads it: the zod schema with hover texts that name unit, default and range. */
export function configJsonSchema(): SchemaNode {
  const tree = schemaTree();
  return {
    ...documented(tree),
    title: 'Through the Valley: a run',
    type: 'object',
    required: ['recipe'],
    allowTrailingCommas: true,
  };
}

/**
 * The same schema as a mere condition, which nothing follows from: the editor completes and documents by it, and finds nothing
 * wrong by it. What is wrong the extension says itself, in better words and once.
 */
export function editorJsonSchema(): SchemaNode {
  const { title, allowTrailingCommas, ...strict } = configJsonSchema();
  return { ...(title && { title }), ...(allowTrailingCommas && { allowTrailingCommas }), if: strict };
}

function documented(node: SchemaNode): SchemaNode {
  const markdown = hoverText(node, {});
  return {
    ...node,
    ...(markdown === '' ? {} : { markdownDescription: markdown }),
    ...(node.properties ? { properties: mapped(node.properties) } : {}),
    ...(node.items ? { items: documented(node.items) } : {}),
    ...(node.anyOf ? { anyOf: node.anyOf.map(documented) } : {}),
    ...(node.oneOf ? { oneOf: node.oneOf.map(documented) } : {}),
  };
}

const mapped = (nodes: Readonly<Record<string, SchemaNode>>): Record<string, SchemaNode> =>
  Object.fromEntries(Object.entries(nodes).map(([key, node]) => [key, documented(node)] as const));
