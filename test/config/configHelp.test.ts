import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { configCompletions } from '../../src/config/configCompletions.ts';
import { configHover } from '../../src/config/configHover.ts';
import { formatEdits, outlineOf } from '../../src/config/outline.ts';
import { parseConfig } from '../../src/config/parseConfig.ts';
import { schemaTree, type SchemaNode } from '../../src/config/schemaTree.ts';
import { configTemplates, templateText } from '../../src/config/templates.ts';

const read = (name: string): Record<string, string> =>
  JSON.parse(readFileSync(`l10n/ko/${name}.json`, 'utf8')) as Record<string, string>;
const korean = { ...read('cli'), ...read('config') };

/** A text with its pointer at `|`. */
function pointed(marked: string): [text: string, offset: number] {
  return [marked.replace('|', ''), marked.indexOf('|')];
}

const hoverAt = (marked: string, strings = {}) => configHover(...pointed(marked), strings)?.markdown ?? null;
const offered = (marked: string, strings = {}) => configCompletions(...pointed(marked), strings)?.items ?? [];
const labels = (marked: string) => offered(marked).map(({ label }) => label);

/** The text after the first completion of that label was taken, its snippet's places filled with what they propose. */
function taken(marked: string, label: string): string {
  const [text, offset] = pointed(marked);
  const found = configCompletions(text, offset, {});
  const item = found?.items.find((one) => one.label === label);
  if (!found || !item) throw new Error(`${label} is not offered in ${marked}`);
  const filled = item.snippet.replaceAll(/\$\{1:((?:[^\\}]|\\.)*)\}|\$1/g, '$1').replaceAll(/\\([\\$}])/g, '$1');
  return text.slice(0, found.range.start) + filled + text.slice(found.range.end);
}

const nodesOf = (node: SchemaNode): SchemaNode[] => [
  node,
  ...Object.values(node.properties ?? {}).flatMap(nodesOf),
  ...(node.items ? nodesOf(node.items) : []),
  ...[...(node.anyOf ?? []), ...(node.oneOf ?? [])].flatMap(nodesOf),
];

const described = new Set(
  nodesOf(schemaTree()).flatMap(({ description, unit, enumDescriptions = [] }) =>
    [description ?? '', unit ?? '', ...enumDescriptions].filter((text) => text !== ''),
  ),
);
const comments = configTemplates.flatMap(({ text }) => [...text.matchAll(/\/\/ (.*)$/gm)].map(([, line = '']) => line));

test('every text of the schema and of the templates has a Korean one, and none is left over', () => {
  const said = new Set([...described, ...comments]);
  expect([...said].filter((text) => !Object.hasOwn(korean, text))).toEqual([]);
  expect(Object.keys(read('config')).filter((text) => !said.has(text))).toEqual([]);
});

test('a key is documented with unit, default and range, in the language of the person', () => {
  const config = '{ "recipe": "sft", "training": { "batch|Size": 8 } }';
  expect(hoverAt(config)).toMatch(/^Sequences whose gradients.*\n\nUnit: sequences · Default: `64` · Range: ≥ 1$/);
  expect(hoverAt(config, korean)).toMatch(/[가-힣].*\n\n단위: 시퀀스 · 기본값: `64` · 범위: ≥ 1$/s);
  expect(hoverAt('{ "recipe": "sft", "training": { "batchSize": |8 } }')).toMatch(/^Sequences/);
});

test('a value of an enumeration is documented beside its key', () => {
  expect(hoverAt('{ "recipe": "sft", "task": { "level": "chain|-3" } }')).toContain('`"chain-3"`: 3 operations');
});

test('the recipe and the branch of a union that are written decide what a key means', () => {
  expect(hoverAt('{ "recipe": "evaluate", "model|": { "checkpoint": "x" } }')).not.toContain('to train');
  expect(hoverAt('{ "recipe": "sft", "model": { "checkpoi|nt": "x" } }')).toMatch(/^Folder of a checkpoint/);
});

test.each([
  ['a comment', '{ // "see|d"\n }'],
  ['white space', '{ | "seed": 1 }'],
  ['an unknown key', '{ "recipe": "sft", "sed|": 1 }'],
  ['nothing', '|'],
  ['an endless nest', `${'['.repeat(500)}|`],
])('nothing is said of %s', (_, marked) => {
  expect(hoverAt(marked)).toBeNull();
});

test('keys are offered that are known there and not yet written', () => {
  const keys = labels('{ "recipe": "sft", "seed": 1, "training": { "batchSize": 8, | } }');
  expect(keys).toContain('learningRate');
  expect(keys).not.toContain('batchSize');
  expect(keys).not.toContain('seed');
  expect(labels('{ "recipe": "evaluate", | }')).not.toContain('training');
  expect(labels('{ "recipe": "sft", "model": { "checkpoint": "x", | } }')).toEqual([]);
  expect(labels('{ "recipe": "sft", "model": { "family": "decoder", | } }')).not.toContain('checkpoint');
});

test('values are offered where a key has several', () => {
  expect(labels('{ "recipe": | }')).toEqual(['"sft"', '"grpo"', '"dpo"', '"evaluate"', '"sample"', '"prepare"']);
  expect(labels('{ "recipe": "sft", "device": "|" }')).toEqual(['"auto"', '"cpu"', '"gpu"']);
  expect(labels('{ "recipe": "sft", "training": { "completionOnlyLoss": | } }')).toEqual(['true', 'false']);
});

test.each([
  ['{ "recipe": "sft", | }', 'seed', '{ "recipe": "sft", "seed": 1 }'],
  ['{ "recipe": "sft", "see|" }', 'seed', '{ "recipe": "sft", "seed": 1 }'],
  ['{ "recipe": "sft", se|\n"name": "x" }', 'seed', '{ "recipe": "sft", "seed": 1,\n"name": "x" }'],
  ['{ "recipe": "sft", "se|": 7 }', 'seed', '{ "recipe": "sft", "seed": 7 }'],
  ['{ "recipe": "sft", "device": "c|" }', '"gpu"', '{ "recipe": "sft", "device": "gpu" }'],
  ['{ "recipe": "sft", "device": g| }', '"gpu"', '{ "recipe": "sft", "device": "gpu" }'],
])('what is taken in %s fits', (marked, label, expected) => {
  expect(taken(marked, label)).toBe(expected);
  expect(parseConfig(expected, 'x')).toMatchObject({ ok: true });
});

test('a cursor anywhere in a config, whole or cut, does no harm', () => {
  const { text = '' } = configTemplates[1] ?? {};
  for (let offset = 0; offset <= text.length; offset += 29)
    for (const part of [text, text.slice(0, offset)]) {
      const found = configCompletions(part, offset, korean);
      if (found) expect(found.range.start).toBeLessThanOrEqual(offset);
      configHover(part, offset, korean);
      outlineOf(part);
    }
});

test('templates speak the language of the person and mean the same', () => {
  for (const template of configTemplates) {
    const text = templateText(template, korean);
    expect(text).toMatch(/\/\/ .*[가-힣]/);
    expect(parseConfig(text, 'x')).toEqual(
      expect.objectContaining({ ...parseConfig(template.text, 'x'), problems: expect.anything() as unknown }),
    );
    expect(templateText(template, {})).toBe(template.text);
  }
});

test('the outline is the tree of keys with their places', () => {
  const text = '{ "recipe": "sft", "training": { "batchSize": 8, }, // more\n "seed": 2 }';
  const [recipe, training, seed] = outlineOf(text);
  expect(recipe).toMatchObject({ name: 'recipe', value: '"sft"', inner: [] });
  expect(training).toMatchObject({ name: 'training', value: '', inner: [{ name: 'batchSize', value: '8' }] });
  expect(text.slice(seed?.range.start, seed?.range.end)).toBe('"seed": 2');
});

test('formatting moves white space only', () => {
  const text = '{"recipe":"sft", // why\n"seed":1,}';
  const edits = [...formatEdits(text, { tabSize: 2, insertSpaces: true })].reverse();
  const done = edits.reduce(
    (was, { range, text: put }) => was.slice(0, range.start) + put + was.slice(range.end),
    text,
  );
  expect(done).toBe('{\n  "recipe": "sft", // why\n  "seed": 1,\n}');
});
