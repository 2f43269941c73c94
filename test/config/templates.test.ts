import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config/parseConfig.ts';
import { configTemplates } from '../../src/config/templates.ts';

describe.each(configTemplates)('template $id', ({ fileName, text }) => {
  test('is valid as it stands, without a warning', () => {
    expect(parseConfig(text, fileName)).toMatchObject({ ok: true, problems: [] });
  });
  test('explains itself in comments', () => {
    expect(text).toMatch(/^\/\/ /);
    expect(fileName).toMatch(/^[a-z-]+\.valley\.jsonc$/);
  });
});

test('names are unique', () => {
  expect(new Set(configTemplates.map(({ id }) => id)).size).toBe(configTemplates.length);
  expect(new Set(configTemplates.map(({ fileName }) => fileName)).size).toBe(configTemplates.length);
});
