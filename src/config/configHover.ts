/** The help that a config shows where the pointer rests: what a key does, and what its value means. */
import type { Strings } from '../protocol/translate.ts';
import { hoverText, valueText } from './hoverText.ts';
import { memberOf, placeAt, schemaNodesAt } from './place.ts';
import { nodesAt } from './schemaTree.ts';
import type { Path, Range } from './source.ts';

export interface ConfigHover {
  readonly range: Range;
  readonly markdown: string;
}

/** Null where there is nothing to be said. */
export function configHover(text: string, offset: number, strings: Strings): ConfigHover | null {
  const place = placeAt(text, offset);
  if (place === null || place.written === null) return null;
  const node = schemaNodesAt(place, place.path.slice(0, -1))
    .flatMap((parent) => nodesAt(parent, place.path.slice(-1)))
    .find(({ description }) => description !== undefined);
  if (node === undefined) return null;
  const value = valueAt(place.value, place.path);
  const meaning = valueText(node, value, strings);
  const lines = [hoverText(node, strings), meaning === '' ? '' : `\`${JSON.stringify(value)}\`: ${meaning}`];
  return { range: place.written, markdown: lines.filter((line) => line !== '').join('\n\n') };
}

const valueAt = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>((inner, part) => memberOf(inner, part), value);
