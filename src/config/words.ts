/** Values, kinds and ranges of the schema in words. */
import { translate, type Strings } from '../protocol/translate.ts';
import { MOST } from './fields.ts';
import type { SchemaNode } from './schemaTree.ts';

/** What a value is: `the text "3"`, `the number 1.5`, `a list`. */
export function describeValue(value: unknown, strings: Strings): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return translate(strings, 'a list');
  if (typeof value === 'string') return translate(strings, 'the text {0}', JSON.stringify(shortened(value)));
  if (typeof value === 'boolean') return String(value);
  if (typeof value !== 'number') return translate(strings, 'an object');
  return Number.isFinite(value)
    ? translate(strings, 'the number {0}', value)
    : translate(strings, 'a number too large to be written');
}

/** What the schema wants: `a whole number of at least 1`, `one of "auto", "cpu"`, `an object { … }`. */
export function describeNode(node: SchemaNode, strings: Strings): string {
  if (node.enum) return translate(strings, 'one of {0}', quoted(node.enum));
  if (node.const !== undefined) return JSON.stringify(node.const);
  if (node.type === 'integer') return withRange(translate(strings, 'a whole number'), node, strings);
  if (node.type === 'number') return withRange(translate(strings, 'a number'), node, strings);
  if (node.type === 'string') return withLength(node, strings);
  if (node.type === 'boolean') return translate(strings, 'true or false');
  if (node.type === 'array') return describeList(node, strings);
  return translate(strings, 'an object in braces, { … }');
}

function describeList({ maxItems, items = {} }: SchemaNode, strings: Strings): string {
  if (maxItems === undefined) return translate(strings, 'a list');
  return translate(strings, 'a list of at most {0}, each {1}', maxItems, describeNode(items, strings));
}

export const quoted = (words: readonly unknown[]): string => words.map((word) => JSON.stringify(word)).join(', ');

/** `at least 1`, `above 0 and at most 1`; empty where the schema sets no bound. */
export function describeRange(node: SchemaNode, strings: Strings): string {
  const low =
    node.exclusiveMinimum !== undefined
      ? translate(strings, 'above {0}', node.exclusiveMinimum)
      : node.minimum !== undefined
        ? translate(strings, 'at least {0}', node.minimum)
        : '';
  const high =
    node.exclusiveMaximum !== undefined
      ? translate(strings, 'below {0}', node.exclusiveMaximum)
      : node.maximum !== undefined && node.maximum < MOST
        ? translate(strings, 'at most {0}', node.maximum)
        : '';
  return low !== '' && high !== '' ? translate(strings, '{0} and {1}', low, high) : low + high;
}

function withRange(kind: string, node: SchemaNode, strings: Strings): string {
  const range = describeRange(node, strings);
  return range === '' ? kind : translate(strings, '{0}, {1}', kind, range);
}

function withLength(node: SchemaNode, strings: Strings): string {
  if (node.maxLength !== undefined)
    return translate(strings, 'a text of {0} to {1} characters', node.minLength ?? 0, node.maxLength);
  return (node.minLength ?? 0) > 0 ? translate(strings, 'a text that is not empty') : translate(strings, 'a text');
}

const shortened = (text: string): string => (text.length > 40 ? `${text.slice(0, 39)}…` : text);
