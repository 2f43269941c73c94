import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { listCheckpoints } from '../../src/extension/checkpointList.ts';
import { exportKinds, exportName, exportPrecisions, nameProblem } from '../../src/extension/exportChoices.ts';
import { sayIn } from '../../src/extension/say.ts';
import { makeRoot } from './runFolders.ts';

const say = sayIn({});
const { root, remove } = makeRoot();
afterAll(remove);

const checkpoint = async (name: string, files: readonly string[]) => {
  const folder = join(root, name);
  const own = join(folder, 'checkpoints', 'step-00000300');
  mkdirSync(own, { recursive: true });
  const manifest = { step: 300, files: files.map((file) => ({ name: file, bytes: 10 })) };
  writeFileSync(join(own, 'manifest.json'), JSON.stringify(manifest));
  const [found] = await listCheckpoints(folder);
  if (!found) throw new Error('The checkpoint was not found.');
  return found;
};

test('adapters are offered where the checkpoint has them, and the model is then said to be merged', async () => {
  const plain = await checkpoint('plain', ['model.safetensors']);
  expect(exportKinds(plain, say).map(({ value, description }) => [value, description])).toEqual([
    ['folder', ''],
    ['gguf', ''],
  ]);
  const adapted = await checkpoint('adapted', ['model.safetensors', 'adapter_model.safetensors']);
  const kinds = exportKinds(adapted, say);
  expect(kinds.map(({ value }) => value)).toEqual(['folder', 'adapter', 'gguf']);
  expect(kinds[0]?.description).toBe('adapters merged into the model');
});

test('each form has its precisions, and each choice a name of its own', async () => {
  const found = await checkpoint('named', ['model.safetensors']);
  const choices = (['folder', 'adapter', 'gguf'] as const).flatMap((kind) => exportPrecisions(kind, say));
  for (const { detail } of choices) expect(detail).not.toBe('');
  expect(choices.map(({ value }) => value)).toContainEqual({ form: 'gguf', gguf: 'q8_0' });
  expect(choices.map(({ value }) => value)).toContainEqual({ form: 'model', dtype: 'bfloat16' });
  const names = choices.map(({ value }) => exportName('long / thoughts: 8k', found, value));
  expect(names).toContain('long-thoughts-8k-step-300-gguf-q8_0');
  expect(new Set(names).size).toBe(choices.length);
  for (const name of names) expect(nameProblem(name, '/models', () => false, say)).toBeNull();
  expect(exportName('골짜기', found, { form: 'model', dtype: 'float32' })).toBe('골짜기-step-300-float32');
  expect(exportName('..', found, { form: 'model', dtype: 'float32' })).toBe('model-step-300-float32');
});

test('a name is a folder that is not there', () => {
  const there = (path: string): boolean => path === join('/models', 'old');
  expect(nameProblem(' old ', '/models', there, say)).toBe('old is already there.');
  expect(nameProblem('new', '/models', there, say)).toBeNull();
  for (const name of ['', ' ', '..', '.hidden', 'a/b', String.raw`a\b`, 'c:'])
    expect(nameProblem(name, '/models', there, say), name).toBe('A plain name of a folder is needed.');
});
