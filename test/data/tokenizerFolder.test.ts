import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { shapeOfJson } from '../../src/data/jsonShape.ts';
import { JsonFileFailure, readTokenizerFolder } from '../../src/data/tokenizerFolder.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'valley-tokenizer-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, content: string | Uint8Array): void => writeFileSync(join(folder, name), content);

test('reads what is there, and null for what is not', () => {
  write('tokenizer.json', '{"model":{}}');
  write('generation_config.json', '{"eos_token_id":[1,2]}');
  expect(readTokenizerFolder(folder)).toEqual({
    tokenizer: { model: {} },
    tokenizerConfig: null,
    specialTokensMap: null,
    generationConfig: { eos_token_id: [1, 2] },
    config: null,
    template: null,
  });
});

describe('the chat template', () => {
  beforeEach(() => write('tokenizer.json', '{}'));

  test('of tokenizer_config.json', () => {
    write('tokenizer_config.json', '{"chat_template":"a"}');
    expect(readTokenizerFolder(folder).template).toEqual({ text: 'a', file: 'tokenizer_config.json' });
  });

  test('of several there, the default one', () => {
    const named = [
      { name: 'tool_use', template: 't' },
      { name: 'default', template: 'd' },
    ];
    write('tokenizer_config.json', JSON.stringify({ chat_template: named }));
    expect(readTokenizerFolder(folder).template?.text).toBe('d');
  });

  test('of its own file before that', () => {
    write('tokenizer_config.json', '{"chat_template":"a"}');
    write('chat_template.jinja', 'b');
    expect(readTokenizerFolder(folder).template).toEqual({ text: 'b', file: 'chat_template.jinja' });
  });
});

describe('a file that breaks a limit is refused with its rule', () => {
  test.each([
    ['missing', null],
    ['notJson', '{'],
    ['notJson', ''],
    ['notUtf8', Uint8Array.of(0x22, 0xff, 0x22)],
    ['tooDeep', '['.repeat(1_000_000)],
    ['tooDeep', '{"a":'.repeat(100_000)],
    ['tooManyValues', `[${'[],'.repeat(1_100_000)}1]`],
    ['tooManyValues', `[${'{},'.repeat(60_000)}1]`],
    ['tooManyValues', `[${'1,'.repeat(2_200_000)}1]`],
    ['tooManyValues', `{${'"":1,'.repeat(700_000)}"":1}`],
    ['tooLarge', new Uint8Array((48 << 20) + 1)],
  ] as const)('%s', (rule, content) => {
    if (content !== null) write('tokenizer.json', content);
    const failure = failureOf();
    expect(failure.rule).toBe(rule);
    expect(failure.message).toContain('tokenizer.json');
  });

  test('a folder in place of a file', () => {
    mkdirSync(join(folder, 'tokenizer.json'));
    expect(failureOf().rule).toBe('notAFile');
  });
});

test('counts what a text holds, not what stands in quotes', () => {
  const shape = shapeOfJson(Buffer.from('{"a,[{:\\"": [1, [2], {"b": "]}"}]}'));
  expect(shape).toEqual({ objects: 2, lists: 2, members: 2, values: 6, depth: 3 });
});

function failureOf(): JsonFileFailure {
  try {
    readTokenizerFolder(folder);
  } catch (error) {
    if (error instanceof JsonFileFailure) return error;
    throw error;
  }
  throw new Error('Nothing was refused.');
}
