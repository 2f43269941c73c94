/** What tells models apart is hashed from their own weights alone. */
import { createHash } from 'node:crypto';
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { modelHash } from '../../src/trainer/modelHash.ts';

let root: string;
let folder: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'model-hash-'));
  folder = join(root, 'model');
  cpSync(fileURLToPath(new URL('../fixtures/transformers/qwen2', import.meta.url)), folder, { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const sha256 = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');

test('it is that of the weights, whatever else lies beside them', async () => {
  expect(readdirSync(folder)).toContain('model.safetensors');
  writeFileSync(join(folder, 'else.safetensors'), 'no weights');
  expect(await modelHash(folder)).toBe(sha256(join(folder, 'model.safetensors')));
});

test('a link out of the folder is not followed', async () => {
  const outside = join(root, 'outside.safetensors');
  renameSync(join(folder, 'model.safetensors'), outside);
  symlinkSync(outside, join(folder, 'model.safetensors'));
  await expect(modelHash(folder)).rejects.toThrow('leads out of its folder');
});
