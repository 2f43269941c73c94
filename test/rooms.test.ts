import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, test } from 'vitest';

/** The walls: who may import whom. A room may always import itself. The compiler checks rooms; this also checks packages. */
const rooms: Record<string, readonly string[]> = {
  'src/protocol': [],
  'src/config': ['src/protocol', 'zod', 'jsonc-parser'],
  'src/data': ['src/protocol', 'src/config', 'node:', 'hyparquet', 'hyparquet-compressors'],
  'src/engine': ['src/protocol', 'src/config', '@tensorflow/tfjs-core', '@huggingface/tokenizers'],
  'src/trainer': [
    'src/protocol',
    'src/config',
    'src/data',
    'src/engine',
    'src/runs',
    'src/install',
    'node:',
    'onnxruntime-node',
    '@tensorflow/',
    '@huggingface/jinja',
  ],
  'src/runs': ['src/protocol', 'node:'],
  'src/install': ['src/protocol', 'src/runs', 'node:'],
  'src/cli': ['src/protocol', 'src/config', 'src/runs', 'src/install', 'node:'],
  'src/extension': ['src/protocol', 'src/config', 'src/runs', 'src/install', 'node:', 'vscode'],
  webview: ['src/protocol', 'uplot', '@vscode/webview-ui-toolkit'],
};

const files = (room: string): string[] =>
  existsSync(room)
    ? readdirSync(room, { withFileTypes: true, recursive: true })
        .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
        .map((entry) => join(entry.parentPath, entry.name))
    : [];

test.each(Object.entries(rooms))('%s imports only what it may', (room, allowed) => {
  expect(files(room).length).toBeGreaterThan(0);
  for (const file of files(room)) {
    for (const [, specifier = ''] of readFileSync(file, 'utf8').matchAll(/(?:from|import) '([^']+)'/g)) {
      const target = specifier.startsWith('.') ? relative('.', join(file, '..', specifier)) : specifier;
      expect(
        [room, ...allowed].some(
          (prefix) =>
            target === prefix ||
            target.startsWith(prefix.endsWith(':') || prefix.endsWith('/') ? prefix : `${prefix}/`),
        ),
        `${file} imports ${target}`,
      ).toBe(true);
    }
  }
});
