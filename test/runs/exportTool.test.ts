import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { exportCheckpoint, type ExportRequest } from '../../src/runs/exportTool.ts';
import { ownRuntime } from '../../src/runs/runtime.ts';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'export-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const trainer = (body: string): string => {
  const file = join(folder, 'trainer.mjs');
  writeFileSync(file, body);
  return file;
};
const request = (more: Partial<ExportRequest> = {}): ExportRequest => ({
  checkpoint: '/runs/x/checkpoints/step-00000001',
  out: join(folder, 'out'),
  ...more,
});

test('the trainer is asked in its own words, and only for what was chosen', async () => {
  const tool = { runtime: ownRuntime(), trainer: trainer('console.log(JSON.stringify(process.argv.slice(2)));') };
  expect(await exportCheckpoint(tool, request())).toEqual([
    'export',
    '--checkpoint=/runs/x/checkpoints/step-00000001',
    `--out=${join(folder, 'out')}`,
  ]);
  const chosen = await exportCheckpoint(tool, request({ form: 'gguf', gguf: 'q8_0' }));
  expect(chosen).toEqual(expect.arrayContaining(['--form=gguf', '--gguf=q8_0']));
});

test('cancelled: the trainer ends, and what it had begun is gone; nothing else is', { timeout: 30_000 }, async () => {
  const begun = `.out.${'ab'.repeat(6)}`;
  const body = `
    import { mkdirSync, writeFileSync } from 'node:fs';
    mkdirSync(${JSON.stringify(join(folder, begun))});
    writeFileSync(${JSON.stringify(join(folder, begun, 'model.gguf'))}, 'half');
    writeFileSync(${JSON.stringify(join(folder, 'pid'))}, String(process.pid));
    setInterval(() => {}, 1000);`;
  writeFileSync(join(folder, '.out.txt'), 'mine');
  const abort = new AbortController();
  const tool = { runtime: ownRuntime(), trainer: trainer(body), signal: abort.signal };
  const ended = exportCheckpoint(tool, request()).catch((error: unknown) => error);
  await expect.poll(() => existsSync(join(folder, 'pid')), { timeout: 20_000 }).toBe(true);
  abort.abort();
  expect(await ended).toMatchObject({ name: 'AbortError' });
  expect(readdirSync(folder).toSorted()).toEqual(['.out.txt', 'pid', 'trainer.mjs']);
});

test('a trainer that dies leaves nothing behind, and a folder that is not there hides no reason', async () => {
  const begun = join(folder, `.out.${'cd'.repeat(6)}`);
  const body = `
    import { mkdirSync } from 'node:fs';
    mkdirSync(${JSON.stringify(begun)}, { recursive: true });
    process.kill(process.pid, 'SIGKILL');`;
  const tool = { runtime: ownRuntime(), trainer: trainer(body) };
  await expect(exportCheckpoint(tool, request())).rejects.toThrow('Command failed');
  expect(existsSync(begun)).toBe(false);
  await expect(exportCheckpoint(tool, request({ out: join(folder, 'gone', 'out') }))).rejects.toThrow('Command failed');
});
