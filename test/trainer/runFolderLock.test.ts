import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bootId, processStart, type ProcessClaim } from '../../src/runs/processIdentity.ts';
import { takeLock } from '../../src/trainer/runFolderLock.ts';

let sleeper: ChildProcess;
let holder: ProcessClaim & { instanceId: string };
let folder: string;

beforeAll(async () => {
  sleeper = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], { stdio: 'ignore' });
  await once(sleeper, 'spawn');
  const pid = sleeper.pid ?? 0;
  holder = {
    pid,
    processStart: await processStart(pid),
    bootId: await bootId(),
    host: hostname(),
    instanceId: 'holder',
  };
});
afterAll(() => sleeper.kill('SIGKILL'));
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'lock-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const put = (name: string, content: unknown): void =>
  writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
/** Takes in the name of a living process, so that a lock that was taken is held. */
const take = (instanceId = 'me'): Promise<number> => takeLock(folder, { ...holder, instanceId });
const busy = expect.objectContaining({ code: 'runFolderBusy' }) as Error;
const exit = { v: 1, attempt: 1, outcome: 'stopped', exitCode: 130, lastWords: '', time: 1 };
const age = (name: string, ms: number): void => utimesSync(join(folder, name), new Date(), new Date(Date.now() - ms));

test('an empty folder is attempt 1, and of twenty that try at once one gets it', async () => {
  const takes = await Promise.allSettled(Array.from({ length: 20 }, (_, index) => take(`i${index}`)));
  expect(takes.filter(({ status }) => status === 'fulfilled')).toEqual([{ status: 'fulfilled', value: 1 }]);
  expect(readdirSync(folder)).toEqual(['attempt-1.lock']);
});

describe('a folder with a lock', () => {
  test('of a living process is refused; the sentence names it', async () => {
    put('attempt-1.lock', holder);
    await expect(take()).rejects.toThrow(busy);
    await expect(take()).rejects.toThrow(`process ${holder.pid}`);
  });

  test.each([
    ['that is gone', { pid: 2 ** 22 + 7777 }],
    ['whose pid was used again', { processStart: '1' }],
    ['of before the last boot', { bootId: 'another' }],
    ['that is init', { pid: 1 }],
  ])('of a process %s is taken over once', async (_, change) => {
    put('attempt-1.lock', { ...holder, ...change });
    put('attempt-2.lock', { ...holder, ...change });
    const takes = await Promise.allSettled([take('a'), take('b'), take('c')]);
    expect(takes.filter(({ status }) => status === 'fulfilled')).toEqual([{ status: 'fulfilled', value: 3 }]);
  });

  test('of a process that has written its exit record is free, even if it still winds down', async () => {
    put('attempt-1.lock', holder);
    put('exit.json', { ...exit, instanceId: 'another' });
    await expect(take()).rejects.toThrow(busy);
    put('exit.json', { ...exit, instanceId: 'holder' });
    expect(await take()).toBe(2);
  });

  test('that is being written is refused, and free when it stays empty', async () => {
    put('attempt-1.lock', '{"pid":');
    await expect(take()).rejects.toThrow(busy);
    age('attempt-1.lock', 60_000);
    expect(await take()).toBe(2);
  });

  test('of another machine is refused while that one was heard of lately, and free after long silence', async () => {
    put('attempt-1.lock', { ...holder, host: 'elsewhere.example' });
    await expect(take()).rejects.toThrow('elsewhere.example');
    age('attempt-1.lock', 3_600_000);
    put('heartbeat.json', { instanceId: 'holder', beat: 1, time: Date.now() - 60_000, lastProgress: 1, step: 1 });
    await expect(take()).rejects.toThrow(busy);
    put('heartbeat.json', { instanceId: 'holder', beat: 1, time: Date.now() - 3_600_000, lastProgress: 1, step: 1 });
    expect(await take()).toBe(2);
  });
});
