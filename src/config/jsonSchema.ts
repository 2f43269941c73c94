/** The JSON Schemas of configs: the strict one, and the one by which the editor completes and documents. The build writes both to dist/. */
import { MOST } from './schema.ts';
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
  const markdown = hoverText(node);
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

/** The description, and below it what can be said of the value: unit, default, range. */
function hoverText(node: SchemaNode): string {
  if (node.description === undefined) return '';
  const facts = [
    node.unit === undefined ? '' : `Unit: ${node.unit}`,
    node.default === undefined || typeof node.default === 'object'
      ? ''
      : `Default: \`${JSON.stringify(node.default)}\``,
    rangeText(node),
  ].filter((fact) => fact !== '');
  return facts.length > 0 ? `${node.description}\n\n${facts.join(' · ')}` : node.description;
}

function rangeText({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: SchemaNode): string {
  const low = exclusiveMinimum !== undefined ? `> ${exclusiveMinimum}` : minimum !== undefined ? `≥ ${minimum}` : '';
  const high =
    exclusiveMaximum !== undefined
      ? `< ${exclusiveMaximum}`
      : maximum !== undefined && maximum < MOST
        ? `≤ ${maximum}`
        : '';
  const bounds = [low, high].filter((bound) => bound !== '');
  return bounds.length > 0 ? `Range: ${bounds.join(', ')}` : '';
}
