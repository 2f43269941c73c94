import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withLock } from '../../scripts/lock.mjs';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'valley-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const MODULE = pathToFileURL(join(import.meta.dirname, '../../scripts/lock.mjs')).href;

/** Another process that takes the lock, appends one word when it has it and one when it gives it back. */
const contender = (file: string, log: string) =>
  spawn(process.execPath, [
    '--input-type=module',
    '-e',
    `import { appendFileSync } from 'node:fs'; import { setTimeout as sleep } from 'node:timers/promises';
     import { withLock } from ${JSON.stringify(MODULE)};
     await withLock(${JSON.stringify(file)}, async () => {
       appendFileSync(${JSON.stringify(log)}, 'in '); await sleep(100); appendFileSync(${JSON.stringify(log)}, 'out '); });`,
  ]);

test('processes go one after the other', async () => {
  const log = join(folder, 'log');
  writeFileSync(log, '');
  const children = [1, 2, 3].map(() => contender(join(folder, 'lock'), log));
  const codes = await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0] as number));
  expect(codes).toEqual([0, 0, 0]);
  expect(readFileSync(log, 'utf8')).toBe('in out in out in out ');
  expect(readdirSync(folder)).toEqual(['log']);
});

test('a dead owner is buried', async () => {
  const file = join(folder, 'lock');
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  writeFileSync(file, String(child.pid));
  expect(await withLock(file, async () => 'mine')).toBe('mine');
  expect(existsSync(file)).toBe(false);
});

test('the lock is given back when the work fails', async () => {
  const file = join(folder, 'lock');
  await expect(withLock(file, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(existsSync(file)).toBe(false);
});
