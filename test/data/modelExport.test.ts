import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { FileFailure } from '../../src/data/dataFailure.ts';
import { realFiles } from '../../src/data/files.ts';
import { readCompanions, writeModelFolder, type ExportedModel } from '../../src/data/modelExport.ts';
import { openModelFolder, readModelFolder, readModelWeights } from '../../src/data/modelFolder.ts';
import { readHeader } from '../../src/data/safetensors.ts';
import { modelOf, publishedConfig } from '../../src/engine/families/index.ts';
import { MemoryFiles } from './memoryFiles.ts';

const fixtures = fileURLToPath(new URL('../fixtures/transformers/', import.meta.url));
/** VALLEY_EXPORTS names a folder to keep, for `make.py --check` beside the fixtures. */
const kept = process.env['VALLEY_EXPORTS'];
const home = kept ?? mkdtempSync(join(tmpdir(), 'valley-export-'));
afterAll(() => {
  if (kept === undefined) rmSync(home, { recursive: true, force: true });
});
const names = readdirSync(fixtures, { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() ? [entry.name] : [],
);

const opened = (name: string): ExportedModel => {
  const folder = openModelFolder(join(fixtures, name));
  const weights = readModelWeights(folder, modelOf(folder.config).parameters);
  const config = publishedConfig(folder.config, 'float32');
  return { config, weights, dtype: 'F32', files: { 'README.md': '# x\n' } };
};

describe.each(names)('%s', (name) => {
  test('written in shards and read again: the same config and weights', () => {
    const model = opened(name);
    const folder = join(home, name);
    const written = writeModelFolder(folder, model, 30_000);
    const shards = written.filter((file) => file.name.endsWith('.safetensors'));
    expect(shards.length).toBeGreaterThan(1);
    expect(readdirSync(folder).toSorted()).toEqual(written.map((file) => file.name).toSorted());
    for (const file of shards) {
      const { tensors, metadata } = readHeader(realFiles, join(folder, file.name));
      expect(metadata.get('format')).toBe('pt');
      const bytes = tensors.reduce((sum, { begin, end }) => sum + end - begin, 0);
      expect(bytes <= 30_000 || tensors.length === 1).toBe(true);
    }
    const { total_size: total } = (
      JSON.parse(readFileSync(join(folder, 'model.safetensors.index.json'), 'utf8')) as {
        metadata: { total_size: number };
      }
    ).metadata;
    expect(total).toBe(Object.values(model.weights).reduce((sum, { values }) => sum + values.byteLength, 0));
    const again = openModelFolder(folder);
    expect(again.config).toEqual({ ...openModelFolder(join(fixtures, name)).config, dtype: 'float32' });
    expect(readFileSync(join(folder, 'config.json'), 'utf8')).not.toMatch(/(softcapping|theta|factor|eps)": \d+,?$/m);
    expect(readModelFolder(folder, (config) => modelOf(config).parameters).weights).toEqual(model.weights);
  });
});

test('weights that came in bfloat16 go out in it unchanged, in one file', () => {
  const model = { ...opened('gemma3_text'), dtype: 'BF16' } as const;
  const folder = join(home, 'bfloat16');
  const written = writeModelFolder(folder, model, 5e9);
  expect(written.map(({ name }) => name)).toEqual([
    'config.json',

    'README.md',
    'model.safetensors',
  ]);
  expect(readModelFolder(folder, (config) => modelOf(config).parameters).weights).toEqual(model.weights);
  expect(written.at(-1)?.bytes).toBeLessThan(80_000);
});

test('a number that float16 does not have is refused by name, before anything is written', () => {
  const model = opened('llama');
  const norm = { shape: [32], values: new Float32Array(32).fill(1) };
  norm.values[5] = -65_520;
  const folder = join(home, 'float16');
  expect(() =>
    writeModelFolder(folder, { ...model, dtype: 'F16', weights: { ...model.weights, 'model.norm.weight': norm } }, 5e9),
  ).toThrow(/model\.norm\.weight has the value -65520 at 5, which float16 cannot hold/);
  expect(readdirSync(home)).not.toContain('float16');
});

test('a folder that is there is left alone', () => {
  expect(() => writeModelFolder(home, opened('llama'), 5e9)).toThrow(/is already there/);
});

test('where the disk fails at any moment, nothing is left, or everything', () => {
  const model = opened('llama');
  for (let at = 0; ; at++) {
    const files = new MemoryFiles();
    files.makeFolder('/models');
    let left = at;
    files.faults = {
      before: (_, action, path) => {
        if (left-- === 0) throw new FileFailure(action, path, 'ENOSPC');
      },
    };
    if (isWritten(model, files)) break;
    // The last action of all syncs a name that is there already.
    expect(['', 'x']).toContain(files.list('/models').join());
    if (files.kind('/models/x') !== null) expect(files.list('/models/x')).toContain('model.safetensors.index.json');
    expect(at).toBeLessThan(500);
  }
});

const isWritten = (model: ExportedModel, files: MemoryFiles): boolean => {
  try {
    writeModelFolder('/models/x', model, 30_000, files);
    return true;
  } catch (error) {
    expect(error).toMatchObject({ code: 'diskFull' });
    return false;
  }
};

test('what belongs to a model beside config and weights is copied as it is, and nothing else', () => {
  const folder = join(fixtures, 'llama');
  const text = readFileSync(join(folder, 'generation_config.json'));
  const found = readCompanions(folder);
  expect(Object.keys(found)).toEqual(['generation_config.json']);
  expect(Buffer.from(found['generation_config.json'] ?? []).equals(text)).toBe(true);
});
