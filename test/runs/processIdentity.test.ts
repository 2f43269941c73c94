import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { hostname } from 'node:os';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  bootId,
  isSafePid,
  ownClaim,
  processStart,
  processStateOf,
  type ProcessClaim,
} from '../../src/runs/processIdentity.ts';
import { signalClaimed } from '../../src/runs/signalTrainer.ts';

let sleeper: ChildProcess;
let claim: ProcessClaim;

beforeAll(async () => {
  sleeper = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], { stdio: 'ignore' });
  await once(sleeper, 'spawn');
  const pid = sleeper.pid ?? 0;
  claim = { pid, processStart: await processStart(pid), bootId: await bootId(), host: hostname() };
});
afterAll(() => sleeper.kill('SIGKILL'));

/** The values that have killed whole sessions elsewhere when they reached a signal. */
const hostile: readonly unknown[] = [
  0,
  1,
  -1,
  -2,
  true,
  '1',
  '4242',
  2 ** 31,
  2 ** 53,
  1.5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  null,
  undefined,
  {},
  [4242],
  process.pid,
];

test.each(hostile)('pid %j is never signalled', async (pid) => {
  const sent: unknown[] = [];
  expect(isSafePid(pid)).toBe(false);
  const forged = { ...claim, pid: pid as number };
  expect(await signalClaimed(forged, 'SIGKILL', (...args) => sent.push(args))).toBe(false);
  expect(await processStateOf(forged)).toBe('gone');
  expect(sent).toEqual([]);
});

test('our own identity is complete on this platform', async () => {
  const own = await ownClaim();
  expect(own.pid).toBe(process.pid);
  if (['linux', 'darwin', 'win32'].includes(process.platform)) {
    expect(own.processStart).toMatch(/\S/);
  }
  if (process.platform === 'linux') {
    expect(own.bootId).toMatch(/\S/);
  }
});

test('a living process is recognized, and its start time does not change', async () => {
  expect(await processStateOf(claim)).toBe('running');
  expect(await processStart(claim.pid)).toBe(claim.processStart);
});

test.each<[string, Partial<ProcessClaim>, 'gone' | 'unknown']>([
  ['another start time: the pid was used again', { processStart: '12345' }, 'gone'],
  ['another boot', { bootId: '00000000-0000-0000-0000-000000000000' }, 'gone'],
  ['another machine', { host: 'elsewhere.example' }, 'unknown'],
  ['a pid that nobody has', { pid: 2 ** 22 + 12_345 }, 'gone'],
])('a forged claim with %s is not ours and gets no signal', async (_, forgery, state) => {
  const sent: unknown[] = [];
  const forged = { ...claim, ...forgery };
  expect(await processStateOf(forged)).toBe(state);
  expect(await signalClaimed(forged, 'SIGTERM', (...args) => sent.push(args))).toBe(false);
  expect(sent).toEqual([]);
});

test('where the start time is unknown, nothing is proven and nothing is signalled', async () => {
  const sent: unknown[] = [];
  expect(await signalClaimed({ ...claim, processStart: null }, 'SIGKILL', (...args) => sent.push(args))).toBe(false);
  expect(sent).toEqual([]);
});

test('a proven process gets exactly the signal, and is gone afterwards', async () => {
  const victim = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], { stdio: 'ignore' });
  await once(victim, 'spawn');
  const pid = victim.pid ?? 0;
  const own = { pid, processStart: await processStart(pid), bootId: await bootId(), host: hostname() };
  const exited = once(victim, 'exit');
  expect(await signalClaimed(own, 'SIGKILL')).toBe(true);
  expect(await exited).toEqual([null, 'SIGKILL']);
  expect(await processStateOf(own)).toBe('gone');
  expect(await signalClaimed(own, 'SIGKILL')).toBe(false);
});
