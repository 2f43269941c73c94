/** What a trial of the GPU leaves behind for those who check configs. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { phrase } from '../../src/protocol/sentence.ts';
import { readGpuFacts } from '../../src/runs/gpuFacts.ts';
import { noteGpu } from '../../src/trainer/gpuNote.ts';

const folder = mkdtempSync(join(tmpdir(), 'valley-gpu-note-'));
afterAll(() => rmSync(folder, { recursive: true }));
const env = { VALLEY_STATE_DIR: join(folder, 'state') };
const file = join(env.VALLEY_STATE_DIR, 'gpu.json');
const adapter = { name: 'A fine GPU', isSoftware: false, hasFloat16: true };

test('a GPU that was found is noted with its limits; the next trial replaces the note, or takes it away', () => {
  expect(readGpuFacts(env)).toBeNull();
  const limits = { bindingBytes: 1 << 27, bindings: 16 };
  noteGpu({ kind: 'found', adapter: { ...adapter, limits } }, env);
  expect(readGpuFacts(env)).toMatchObject({ v: 1, ...adapter, limits });
  noteGpu({ kind: 'found', adapter }, env);
  expect(readGpuFacts(env)).toMatchObject({ ...adapter, limits: null });
  noteGpu({ kind: 'absent', why: phrase('none'), hasHardware: false }, env);
  expect(readGpuFacts(env)).toBeNull();
  expect(readdirSync(env.VALLEY_STATE_DIR)).toEqual([]);
});

test.each([
  '',
  '{',
  '[]',
  'null',
  '{"v":2}',
  '{"v":1,"time":0,"name":"x","isSoftware":false,"hasFloat16":true,"limits":{"bindingBytes":-1,"bindings":"8"}}',
])('a note that reads %j counts as none', (text) => {
  writeFileSync(file, text);
  expect(readGpuFacts(env)).toBeNull();
});

test('a state folder that cannot be made is not worth a run', () => {
  writeFileSync(join(folder, 'plain'), '');
  const blocked = { VALLEY_STATE_DIR: join(folder, 'plain', 'state') };
  expect(() => noteGpu({ kind: 'found', adapter }, blocked)).not.toThrow();
  expect(readGpuFacts(blocked)).toBeNull();
});
