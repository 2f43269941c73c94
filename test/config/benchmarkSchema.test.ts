import { readFileSync, readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { benchmarkEntries } from '../../src/config/benchmarkSchema.ts';
import { arithmetic } from '../../src/config/taskSchema.ts';

const read = (name: string): Record<string, string> =>
  JSON.parse(readFileSync(`l10n/ko/${name}`, 'utf8')) as Record<string, string>;

function textsOf(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, value]) => {
    const told: unknown[] = ['description', 'unit'].includes(key)
      ? [value]
      : key === 'enumDescriptions'
        ? (value as unknown[])
        : [];
    return [...told.filter((text) => typeof text === 'string'), ...textsOf(value)];
  });
}
const textsIn = (schema: z.ZodType): Set<string> => new Set(textsOf(z.toJSONSchema(schema, { io: 'input' })));

test('every text has a Korean one, and none is left over', () => {
  const said = textsIn(benchmarkEntries);
  const korean = Object.assign({}, ...readdirSync('l10n/ko').map(read)) as Record<string, string>;
  expect(said.size).toBeGreaterThan(20);
  expect([...said].filter((text) => !Object.hasOwn(korean, text))).toEqual([]);
  const elsewhere = textsIn(arithmetic);
  expect(Object.keys(read('benchmarks.json')).filter((text) => !said.has(text) || elsewhere.has(text))).toEqual([]);
});
