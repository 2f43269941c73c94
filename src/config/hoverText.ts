/** What a person is told of a key and of its values: description, unit, default, range, in their language. */
import { translate, type Strings } from '../protocol/translate.ts';
import { MOST } from './fields.ts';
import type { SchemaNode } from './schemaTree.ts';

/** Markdown: the description, and below it what can be said of the value. Empty for a node without description. */
export function hoverText(node: SchemaNode, strings: Strings): string {
  if (node.description === undefined) return '';
  const description = translate(strings, node.description);
  const facts = factsOf(node, strings);
  return facts.length > 0 ? `${description}\n\n${facts.join(' · ')}` : description;
}

/** What one value of an enumeration means; empty where the schema does not say. */
export function valueText(node: SchemaNode, value: unknown, strings: Strings): string {
  const place = node.enum?.findIndex((one) => one === value) ?? -1;
  const description = node.enumDescriptions?.[place];
  return description === undefined ? '' : translate(strings, description);
}

function factsOf(node: SchemaNode, strings: Strings): string[] {
  const { unit, default: usual } = node;
  const range = rangeText(node);
  return [
    unit === undefined ? '' : translate(strings, 'Unit: {0}', translate(strings, unit)),
    usual === undefined || typeof usual === 'object'
      ? ''
      : translate(strings, 'Default: {0}', `\`${JSON.stringify(usual)}\``),
    range === '' ? '' : translate(strings, 'Range: {0}', range),
  ].filter((fact) => fact !== '');
}

function rangeText({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: SchemaNode): string {
  const low = exclusiveMinimum !== undefined ? `> ${exclusiveMinimum}` : minimum !== undefined ? `≥ ${minimum}` : '';
  const high =
    exclusiveMaximum !== undefined
      ? `< ${exclusiveMaximum}`
      : maximum !== undefined && maximum < MOST
        ? `≤ ${maximum}`
        : '';
  return [low, high].filter((bound) => bound !== '').join(', ');
}
