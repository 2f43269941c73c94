/** The watch over a GPU's memory, on a stand-in for `nvidia-smi` that tells what a file says. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { memoryDuring } from '../../bench/deviceMemory.ts';

const MiB = 2 ** 20;
let folder = '';
const inUse = (first: number, second: number): void =>
  writeFileSync(join(folder, 'now'), `0, ${first}\n1, ${second}\n`);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'valley-memory-'));
  const script = `#!/bin/sh\nwhile :; do while read -r line; do echo "$line"; done < ${folder}/now; sleep 0.05; done\n`;
  writeFileSync(join(folder, 'smi'), script);
  chmodSync(join(folder, 'smi'), 0o755);
});
afterAll(() => rmSync(folder, { recursive: true }));

test.skipIf(process.platform === 'win32')(
  'the most of all GPUs together counts, over what was in use before',
  async () => {
    inUse(100, 500);
    const { addedBytes, result } = await memoryDuring(
      async () => {
        inUse(350, 500);
        await pause(1000);
        inUse(120, 500);
        await pause(300);
        return 'done';
      },
      join(folder, 'smi'),
    );
    expect([addedBytes, result]).toEqual([250 * MiB, 'done']);
  },
);

test('without the program nothing is told, and the work is done', async () => {
  expect(await memoryDuring(async () => 7, join(folder, 'no-such-program'))).toEqual({ addedBytes: null, result: 7 });
});

test('work that fails ends the watch', async () => {
  const work = memoryDuring(() => Promise.reject(new Error('out of memory')), join(folder, 'smi'));
  await expect(work).rejects.toThrow('out of memory');
});
