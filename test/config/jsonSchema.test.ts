import { expect, test } from 'vitest';
import { configJsonSchema, editorJsonSchema } from '../../src/config/jsonSchema.ts';
import { runConfig } from '../../src/config/schema.ts';
import type { SchemaNode } from '../../src/config/schemaTree.ts';
import { readSource, valueOf } from '../../src/config/source.ts';
import { configTemplates } from '../../src/config/templates.ts';

const schema = configJsonSchema();

/** Whether a value is valid under the part of draft-07 that our schema uses; an unknown keyword fails the test. */
function accepts(node: SchemaNode, value: unknown): boolean {
  return Object.entries(node).every(([keyword, rule]) => holds(keyword, rule, value, node));
}

const annotations = [
  '$schema',
  'title',
  'description',
  'markdownDescription',
  'enumDescriptions',
  'default',
  'unit',
  'allowTrailingCommas',
  'properties',
];

function holds(keyword: string, rule: unknown, value: unknown, node: SchemaNode): boolean {
  const isNumber = typeof value === 'number';
  const isText = typeof value === 'string';
  const bound = Number(rule);
  switch (keyword) {
    case 'type':
      return typeOf(value) === rule || (rule === 'number' && typeOf(value) === 'integer');
    case 'const':
      return value === rule;
    case 'enum':
      return (rule as unknown[]).includes(value);
    case 'minimum':
      return !isNumber || value >= bound;
    case 'maximum':
      return !isNumber || value <= bound;
    case 'exclusiveMinimum':
      return !isNumber || value > bound;
    case 'exclusiveMaximum':
      return !isNumber || value < bound;
    case 'minLength':
      return !isText || value.length >= bound;
    case 'maxLength':
      return !isText || value.length <= bound;
    case 'required':
      return !isObject(value) || (rule as string[]).every((key) => Object.hasOwn(value, key));
    case 'additionalProperties':
      return !isObject(value) || Object.entries(value).every(([key, inner]) => knows(node, key, inner));
    case 'anyOf':
      return (rule as SchemaNode[]).some((branch) => accepts(branch, value));
    case 'oneOf':
      return (rule as SchemaNode[]).filter((branch) => accepts(branch, value)).length === 1;
    default:
      if (!annotations.includes(keyword)) throw new Error(`the schema uses ${keyword}, which this test cannot check`);
      return true;
  }
}

const knows = ({ properties }: SchemaNode, key: string, value: unknown): boolean => {
  const node = properties && Object.hasOwn(properties, key) ? properties[key] : undefined;
  return node !== undefined && accepts(node, value);
};
const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const typeOf = (value: unknown): string =>
  Array.isArray(value) ? 'array' : value === null ? 'null' : Number.isInteger(value) ? 'integer' : typeof value;

const leaves = (node: SchemaNode): SchemaNode[] => [
  node,
  ...Object.values(node.properties ?? {}).flatMap(leaves),
  ...[...(node.anyOf ?? []), ...(node.oneOf ?? [])].flatMap(leaves),
];

test('every object is closed and every key is documented', () => {
  for (const node of leaves(schema)) {
    if (node.properties) expect(node.additionalProperties, node.title).toBe(false);
    for (const [key, child] of Object.entries(node.properties ?? {})) {
      expect(child.markdownDescription, key).toMatch(/\w{3}/);
    }
  }
});

test('a described choice describes each choice', () => {
  const described = leaves(schema).filter((node) => node.enumDescriptions);
  expect(described.length).toBeGreaterThan(0);
  for (const { enum: choices, enumDescriptions } of described) expect(enumDescriptions?.length).toBe(choices?.length);
});

test('the editor completes and documents by the strict schema, and finds nothing wrong by it', () => {
  const { if: condition, ...rest } = editorJsonSchema();
  expect(rest).toEqual({ title: schema.title, allowTrailingCommas: true });
  expect({ ...condition, ...rest }).toEqual(schema);
});

test('hovers name unit, default and range', () => {
  const sft = schema.oneOf?.[0]?.properties;
  expect(sft?.['evaluation']?.properties?.['maxNewTokens']?.markdownDescription).toContain(
    'Unit: tokens · Default: `128` · Range: ≥ 1',
  );
  expect(sft?.['training']?.properties?.['adamBeta1']?.markdownDescription).toContain('Range: ≥ 0, < 1');
  expect(JSON.stringify(schema)).not.toContain(String(Number.MAX_SAFE_INTEGER));
});

type Config = Record<string, unknown>;
const sft: Config = { recipe: 'sft' };
const model = { checkpoint: 'runs/x' };
const valid: Config[] = [
  sft,
  { ...sft, $schema: 'x', name: 'a', seed: 0, device: 'gpu', executor: 'onnx', threads: 2 },
  { ...sft, model },
  { ...sft, model: { path: '../models/qwen' }, training: { method: 'lora' } },
  { recipe: 'evaluate', model: { path: '../models/qwen' } },
  { ...sft, model: { family: 'decoder', hiddenSize: 64, ropeTheta: 1.5 } },
  { ...sft, training: { epochs: 0.5, lrSchedulerType: 'linear', completionOnlyLoss: false } },
  { recipe: 'evaluate', model, evaluation: { problems: 3 } },
  { recipe: 'sample', model, prompt: '1+1?', sampling: { completions: 2 } },
  ...configTemplates.map(({ text }) => valueOf(readSource(text, 'template').root) as Config),
];

test.each(valid.map((config) => [JSON.stringify(config).slice(0, 70), config] as const))(
  'both accept %s',
  (_, config) => {
    expect(runConfig.safeParse(config).success).toBe(true);
    expect(accepts(schema, config)).toBe(true);
  },
);

/** Every way in which one value of a config is replaced by nonsense, removed, or joined by an unknown key. */
function* mutations(value: unknown): Generator<unknown> {
  for (const nonsense of [null, true, -1, 1.5, 1e20, '', 'x', [], {}]) yield nonsense;
  if (!isObject(value)) return;
  yield { ...value, unknown: 1 };
  for (const [key, inner] of Object.entries(value)) {
    const rest = Object.fromEntries(Object.entries(value).filter(([name]) => name !== key));
    yield rest;
    for (const mutated of mutations(inner)) yield { ...rest, [key]: mutated };
  }
}

test('both give the same verdict on every mutation of the valid configs', () => {
  const verdicts = { accepted: 0, rejected: 0 };
  for (const config of valid)
    for (const mutated of mutations(config)) {
      const byZod = runConfig.safeParse(mutated).success;
      expect(accepts(schema, mutated), JSON.stringify(mutated)).toBe(byZod || isHuge(mutated));
      verdicts[byZod ? 'accepted' : 'rejected']++;
    }
  expect(verdicts.accepted).toBeGreaterThan(100);
  expect(verdicts.rejected).toBeGreaterThan(1000);
});

/** Only zod refuses whole numbers beyond the safe integers; there the schema sets no bound, to keep hovers readable. */
const isHuge = (mutated: unknown): boolean =>
  isObject(mutated) &&
  JSON.stringify(mutated).includes('100000000000000000000') &&
  runConfig.safeParse(JSON.parse(JSON.stringify(mutated).replace('100000000000000000000', '7'))).success &&
  accepts(schema, mutated);
