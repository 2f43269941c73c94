import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packTarget, parseTargets } from '../../scripts/package.mjs';
import { ROOT } from '../../scripts/shell.mjs';
import { panelFrame, runAndPick } from './browser.mjs';
import { Session } from './session.ts';

const PACKED = join(ROOT, 'test-results', 'packed');
mkdirSync(PACKED, { recursive: true });

describe('The packed extension', () => {
  let session: Session;
  beforeAll(async () => {
    const [here = 'universal'] = parseTargets([], `${process.platform}-${process.arch}`);
    const { file: vsix } = await packTarget(here, PACKED);
    session = await Session.open({ open: 'short.valley.jsonc', vsix });
  });
  afterAll(() => session?.close());

  test('trains without the checkout', async () => {
    const { page } = session;
    await runAndPick(page, 'Valley: Start Run', 'short');
    const state = panelFrame(page).locator('.state-word');
    await expect.poll(() => state.textContent({ timeout: 2000 }), { timeout: 120_000 }).toBe('finished');
    const exit = JSON.parse(readFileSync(join(session.runFolders()[0] ?? '', 'exit.json'), 'utf8')) as object;
    expect(exit).toMatchObject({ outcome: 'finished', exitCode: 0 });
    expect(session.complaints).toEqual([]);
  });
});

/** The names in a zip, from its directory at the end: each entry has its own length, that of the name, an extra part and a comment. */
function* namesIn(zip: Buffer): Generator<string> {
  const end = zip.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    const nameLength = zip.readUInt16LE(at + 28);
    yield zip.toString('utf8', at + 46, at + 46 + nameLength);
    at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
}

const NATIVE = 'extension/dist/node_modules/onnxruntime-node/bin/napi-v6/';

const nativeFiles = (vsix: string): string[] =>
  [...namesIn(readFileSync(vsix))]
    .filter((name) => name.startsWith(NATIVE))
    .map((name) => name.slice(NATIVE.length))
    .sort();

/** Packed and listed here, not run here. */
test.each([
  ['linux-arm64', ['linux/arm64/libonnxruntime.so.1', 'linux/arm64/onnxruntime_binding.node']],
  ['darwin-arm64', ['darwin/arm64/libonnxruntime.1.dylib', 'darwin/arm64/onnxruntime_binding.node']],
  [
    'win32-x64',
    ['DirectML.dll', 'dxcompiler.dll', 'dxil.dll', 'onnxruntime.dll', 'onnxruntime_binding.node'].map(
      (name) => `win32/x64/${name}`,
    ),
  ],
  ['universal', []],
] as const)('a VSIX for %s holds the native files of that platform only', async (target, expected) => {
  const { file } = await packTarget(target, PACKED);
  expect(nativeFiles(file)).toEqual(expected);
  const names = [...namesIn(readFileSync(file))];
  for (const recipe of ['gpu-engine.md', 'gpu-engine.ko.md']) expect(names).toContain(`extension/docs/${recipe}`);
  expect(names.filter((name) => name.includes('tfjs-node'))).toEqual([]);
});
