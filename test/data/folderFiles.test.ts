import { cpSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type FilePort, realFiles } from '../../src/data/files.ts';
import { readCompanions } from '../../src/data/modelExport.ts';
import { openModelFolder, readModelFolder } from '../../src/data/modelFolder.ts';
import { readTextFiles } from '../../src/data/textFiles.ts';
import { readTokenizerFolder } from '../../src/data/tokenizerFolder.ts';
import { modelOf } from '../../src/engine/families/index.ts';

let home = '';
let folder = '';
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'valley-within-'));
  folder = join(home, 'model');
  cpSync('test/fixtures/transformers/qwen2', folder, { recursive: true });
  cpSync('test/fixtures/tokenizers/qwen2', folder, { recursive: true });
  writeFileSync(join(home, 'secret'), '{"secret":"of another folder"}');
});
afterEach(() => rmSync(home, { recursive: true }));

const read = (files: FilePort): object => readModelFolder(folder, (config) => modelOf(config).parameters, files).config;
const leadsOut = expect.objectContaining({ rule: 'linkLeadsOut' }) as Error;

const readers: readonly (readonly [string, string, (files: FilePort) => unknown])[] = [
  ['the config', 'config.json', (files) => openModelFolder(folder, files)],
  ['weights', 'model.safetensors', read],
  ['what a checkpoint carries', 'chat_template.jinja', (files) => readTextFiles(folder, files)],
  ['what an export copies', 'generation_config.json', (files) => readCompanions(folder, files)],
  ['the tokenizer', 'tokenizer.json', (files) => readTokenizerFolder(folder, files)],
  ['the settings of the tokenizer', 'tokenizer_config.json', (files) => readTokenizerFolder(folder, files)],
];

describe.each(readers)('%s', (_, name, use) => {
  test('as a link out of the folder is refused', () => {
    rmSync(join(folder, name), { force: true });
    symlinkSync(join(home, 'secret'), join(folder, name));
    expect(() => use(realFiles)).toThrow(leadsOut);
  });

  test('as a link that is put there between the look and the opening is refused, and left open nowhere', () => {
    writeFileSync(join(folder, name), '{}', { flag: 'a' });
    const open = new Set<number>();
    const swapping: FilePort = {
      ...realFiles,
      open: (path, mode) => {
        if (path.endsWith(name)) {
          renameSync(path, join(home, 'before'));
          symlinkSync(join(home, 'secret'), path);
        }
        const fd = realFiles.open(path, mode);
        open.add(fd);
        return fd;
      },
      close: (fd) => {
        open.delete(fd);
        realFiles.close(fd);
      },
    };
    expect(() => use(swapping)).toThrow(leadsOut);
    expect(open.size).toBe(0);
  });
});

test('a link within the folder is followed', () => {
  renameSync(join(folder, 'config.json'), join(folder, 'other.json'));
  symlinkSync('other.json', join(folder, 'config.json'));
  expect(openModelFolder(folder).config).toMatchObject({ model_type: 'qwen2' });
});
