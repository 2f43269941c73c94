import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isBuilt, isInstalled } from '../../scripts/ensure.mjs';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'valley-ensure-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const lock = (packages: Record<string, object>): string => JSON.stringify({ packages: { '': {}, ...packages } });

describe('node_modules', () => {
  beforeEach(() => {
    mkdirSync(join(root, 'node_modules', 'a'), { recursive: true });
    const wanted = { 'node_modules/a': { version: '1.0.0' }, 'node_modules/mac': { version: '2.0.0', os: ['darwin'] } };
    writeFileSync(join(root, 'package-lock.json'), lock(wanted));
    writeFileSync(join(root, 'node_modules', '.package-lock.json'), lock({ 'node_modules/a': { version: '1.0.0' } }));
  });

  test('are complete without the packages of other platforms', () => expect(isInstalled(root)).toBe(true));

  test('are not, where the lockfile has moved on', () => {
    writeFileSync(join(root, 'package-lock.json'), lock({ 'node_modules/a': { version: '1.0.1' } }));
    expect(isInstalled(root)).toBe(false);
  });

  test('are not, where a folder was deleted or nothing was ever installed', () => {
    rmSync(join(root, 'node_modules', 'a'), { recursive: true });
    expect(isInstalled(root)).toBe(false);
    rmSync(join(root, 'node_modules'), { recursive: true });
    expect(isInstalled(root)).toBe(false);
  });
});

describe('a build', () => {
  const bundles = [
    'extension.cjs',
    'trainer.mjs',
    'pulse.mjs',
    'rowsThread.mjs',
    'gradingProcess.mjs',
    'parquetProcess.mjs',
    'template.mjs',
    'cli.mjs',
    'panel.js',
  ];
  const touch = (path: string, seconds: number): void => utimesSync(join(root, path), seconds, seconds);

  beforeEach(() => {
    for (const folder of ['dist', 'src/engine']) mkdirSync(join(root, folder), { recursive: true });
    writeFileSync(join(root, 'src/engine/a.ts'), '');
    for (const name of bundles) {
      writeFileSync(join(root, 'dist', name), '');
      touch(`dist/${name}`, 2000);
    }
    for (const path of ['src/engine/a.ts', 'src/engine', 'src']) touch(path, 1000);
  });

  test('is current when every bundle is newer than every source', () => expect(isBuilt(root)).toBe(true));

  test('is not after a change deep in a folder', () => {
    touch('src/engine/a.ts', 3000);
    expect(isBuilt(root)).toBe(false);
  });

  test('is not with a bundle missing', () => {
    rmSync(join(root, 'dist', 'pulse.mjs'));
    expect(isBuilt(root)).toBe(false);
  });
});
