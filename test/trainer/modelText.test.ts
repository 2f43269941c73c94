import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openModelText } from '../../src/trainer/modelText.ts';
import { buildPrograms } from '../support/build.ts';
import { conversations, expectedOf } from '../support/tokenizers.ts';

const FIXTURE = 'test/fixtures/tokenizers/qwen3';
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'valley-model-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('opens tokenizer and template of a folder', async () => {
  const { tokenizer, template } = await openModelText(FIXTURE, (await buildPrograms()).template);
  const [rendered] = await template!.render([{ messages: conversations[0]!.messages, addGenerationPrompt: false }]);
  template!.close();
  expect(rendered).toEqual({ text: expectedOf('qwen3').chats['qwen3']![0]!.text });
  expect(tokenizer.vocabularySize).toBe(907);
});

test('says which file of a folder is at fault', async () => {
  const { template } = await buildPrograms();
  await expect(openModelText(folder, template)).rejects.toMatchObject({ code: 'badCheckpoint', rule: 'missing' });
  writeFileSync(join(folder, 'tokenizer.json'), '{"model":{"type":"Unigram"}}');
  await expect(openModelText(folder, template)).rejects.toMatchObject({ code: 'badCheckpoint', rule: 'unknownModel' });
});
