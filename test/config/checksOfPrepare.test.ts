import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseConfig } from '../../src/config/parseConfig.ts';
import { prepareText } from '../../src/config/prepareText.ts';

const findings = (config: object, isThere?: (path: string) => boolean) =>
  parseConfig(
    JSON.stringify({ recipe: 'prepare', sources: [{ path: 'a.jsonl' }], ...config }),
    'a',
    {},
    isThere ? { isThere } : {},
  ).problems.map(({ severity, key, message, remedy }) => `${severity} ${key}: ${message}. ${remedy}`);

test.each([
  [{ length: { minTokens: 10, maxTokens: 5 } }, 'error length.maxTokens: no row has at least 10 and at most 5 tokens'],
  [{ sampling: { sizes: [8000, 8000] } }, 'error sampling.sizes.1: sizes of subsets ascend'],
  [{ sampling: { longShare: 0.2 } }, 'error sampling.longShare: what counts as long is not said. Add `longTokens`'],
  [{ sampling: { longTokens: 2000 } }, 'warning sampling.longTokens: the share of long traces is only told'],
  [{ sources: [] }, 'error sources:'],
  [
    { sources: [{ path: 'a.jsonl', format: 'alpacca' }] },
    'error sources.0.format: `format` cannot be "alpacca"; did you mean "alpaca"?',
  ],
  [{ duplicates: { similarity: 0.1 } }, 'error duplicates.similarity:'],
  [{ decontamination: { benchmarks: [{ pth: 'x' }] } }, 'error decontamination.benchmarks.0'],
])('%o', (config, finding) => {
  expect(findings(config).join('\n')).toContain(finding);
});

test('every file that the config names must be there', () => {
  const config = {
    sources: [{ path: 'a.jsonl' }, { path: 'b.parquet' }],
    decontamination: { benchmarks: [{ path: 'c.jsonl' }, { task: { name: 'arithmetic' } }] },
    length: { tokenizer: 'model' },
  };
  expect(findings(config, (path) => path === 'a.jsonl').map((line) => line.split(':')[0])).toEqual([
    'error sources.1.path',
    'error decontamination.benchmarks.0.path',
    'error length.tokenizer',
  ]);
});

test('rows that are learned name their benchmarks in the same way, and must find them', () => {
  const data = {
    path: 'a.jsonl',
    benchmarks: [{ task: { name: 'arithmetic' } }, { name: 'gsm8k', path: 'b.parquet' }],
  };
  const config = { recipe: 'sft', model: { path: 'model' }, data, sources: undefined };
  expect(findings(config, (path) => path !== 'b.parquet').map((line) => line.split(':')[0])).toEqual([
    'error data.benchmarks.1.path',
  ]);
});

test('the config that is proposed for a data file is valid as it stands', () => {
  const text = prepareText(
    { format: 'limo', columns: { problem: 'question', solution: 'solution', answer: 'answer' } },
    'my "data".jsonl',
  );
  expect(parseConfig(text, 'a').problems).toEqual([]);
  expect(parseConfig(prepareText({ format: null, columns: {} }, 'a.jsonl'), 'a')).toMatchObject({ ok: true });
});

test('the example is a config without a warning, and its files are there', () => {
  const text = readFileSync('examples/prepare/prepare.valley.jsonc', 'utf8');
  const isThere = (path: string): boolean => existsSync(join('examples/prepare', path));
  expect(parseConfig(text, 'a', {}, { isThere })).toMatchObject({ ok: true, problems: [] });
});
