import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type FilePort, realFiles } from '../../src/data/files.ts';
import { ownClaim } from '../../src/runs/processIdentity.ts';
import { stateFolder } from '../../src/runs/stateFolder.ts';
import { acquireDevice, type DeviceRequest } from '../../src/trainer/deviceQueue.ts';
import { buildFixture } from '../support/program.ts';

let root = '';
let folder = '';
let program = '';
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'valley-queue-'));
  program = await buildFixture('queueMember');
});
beforeEach(() => void (folder = mkdtempSync(join(root, 'state-'))));
afterAll(() => [root, program].forEach((path) => rmSync(path, { recursive: true })));

const request = (name: string, more: Partial<DeviceRequest> = {}): DeviceRequest => ({
  device: 'cpu',
  runId: name,
  name,
  onBusy: 'queue',
  onQueued: () => undefined,
  stateFolder: folder,
  pollMs: 2,
  ...more,
});
const machine = hostname()
  .toLowerCase()
  .replace(/[^a-z0-9]+/g, '-');
const tickets = (device: string): string => join(folder, 'devices', machine, device);

describe('in one process', () => {
  test('the second waits, is told behind whom, and comes when the first is done', async () => {
    const first = await acquireDevice(request('first'));
    const told: string[] = [];
    const order: string[] = [];
    const wait = async (name: string): Promise<void> => {
      const lease = await acquireDevice(request(name, { onQueued: (behind) => told.push(`${name} behind ${behind}`) }));
      order.push(name);
      lease.release();
    };
    const second = wait('second');
    await vi.waitFor(() => expect(told).toEqual(['second behind first']));
    const third = wait('third');
    await vi.waitFor(() => expect(told).toContain('third behind first (+1)'));
    expect(order).toEqual([]);
    first.release();
    first.release();
    await Promise.all([second, third]);
    expect(order).toEqual(['second', 'third']);
    expect(readdirSync(tickets('cpu'))).toEqual([]);
  });

  test('another device is free', async () => {
    const one = await acquireDevice(request('one'));
    const other = await acquireDevice(request('other', { device: 'gpu', onBusy: 'refuse' }));
    expect([one.device, other.device]).toEqual(['cpu', 'gpu']);
    one.release();
    other.release();
  });

  test('a refusal names the run that holds the device, and leaves nothing behind', async () => {
    const lease = await acquireDevice(request('holder'));
    await expect(acquireDevice(request('late', { onBusy: 'refuse' }))).rejects.toMatchObject({
      code: 'deviceBusy',
      message: `The device "cpu" is in use by the run "holder" (process ${process.pid}).`,
    });
    lease.release();
    expect(readdirSync(tickets('cpu'))).toEqual([]);
  });

  test('who gives up leaves the queue', async () => {
    const lease = await acquireDevice(request('holder'));
    const giveUp = new AbortController();
    const waiting = acquireDevice(request('impatient', { signal: giveUp.signal, onQueued: () => giveUp.abort() }));
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    expect(readdirSync(tickets('cpu')).filter((name) => name.endsWith('.json'))).toHaveLength(1);
    lease.release();
  });

  test('tickets of the dead, of other boots and of no sense are removed', async () => {
    mkdirSync(tickets('cpu'), { recursive: true });
    const own = await ownClaim();
    const lay = (number: number, content: string): void =>
      writeFileSync(join(tickets('cpu'), `${String(number).padStart(15, '0')}-0123456789ab.json`), content);
    const ticket = (claim: object): string => JSON.stringify({ ...own, runId: 'x', name: 'x', ...claim });
    [
      ticket({ pid: 2 ** 30 }),
      ticket({ processStart: '1' }),
      ticket({ pid: process.ppid, bootId: 'another boot' }),
      ticket({ pid: process.ppid, processStart: '1' }),
      ticket({ pid: 0 }),
      ticket({ pid: 1 }),
      ticket({ pid: -1 }),
      ticket({ pid: 'x' }),
      '',
      '{"pid":',
      'null',
      'x'.repeat(1 << 17),
    ].forEach((content, index) => lay(index + 1, content));
    writeFileSync(join(tickets('cpu'), 'note.txt'), 'not a ticket');
    const lease = await acquireDevice(request('living', { onBusy: 'refuse' }));
    lease.release();
    expect(readdirSync(tickets('cpu'))).toEqual(['note.txt']);
  });

  test('a ticket whose owner is alive but on a clock ahead of ours keeps its turn', async () => {
    mkdirSync(tickets('cpu'), { recursive: true });
    const early = join(tickets('cpu'), '900000000000000-0123456789ab.json');
    writeFileSync(early, JSON.stringify({ ...(await ownClaim()), runId: 'x', name: 'future' }));
    const told: string[] = [];
    const waiting = acquireDevice(request('now', { onQueued: (behind) => told.push(behind) }));
    await vi.waitFor(() => expect(told).toEqual(['future']));
    rmSync(early);
    (await waiting).release();
  });

  test('who finds a higher ticket right after laying its own lets that one go first', async () => {
    const rival = join(tickets('cpu'), '900000000000000-0123456789ab.json');
    const content = JSON.stringify({ ...(await ownClaim()), runId: 'x', name: 'rival' });
    let isLaid = false;
    const files: FilePort = {
      ...realFiles,
      rename: (from, to) => {
        realFiles.rename(from, to);
        if (!isLaid) writeFileSync(rival, content);
        isLaid = true;
      },
    };
    const told: string[] = [];
    const waiting = acquireDevice(request('slow', { files, onQueued: (behind) => told.push(behind) }));
    await vi.waitFor(() => expect(told).toEqual(['rival']));
    rmSync(rival);
    (await waiting).release();
  });

  test('a device that is no name, or a folder that cannot be made, is told', async () => {
    await expect(acquireDevice(request('x', { device: '../up' }))).rejects.toThrow('no device name');
    writeFileSync(join(folder, 'file'), '');
    await expect(acquireDevice(request('x', { stateFolder: join(folder, 'file') }))).rejects.toMatchObject({
      code: 'noDevice',
      remedy: expect.stringContaining('VALLEY_STATE_DIR'),
    });
  });
});

test.each<[string, NodeJS.ProcessEnv, NodeJS.Platform, string]>([
  ['the variable', { VALLEY_STATE_DIR: '/s', XDG_STATE_HOME: '/x' }, 'linux', '/s'],
  ['XDG', { XDG_STATE_HOME: '/x' }, 'linux', '/x/through-the-valley'],
  ['the home folder', {}, 'darwin', '/home/me/.local/state/through-the-valley'],
  ['local application data', { LOCALAPPDATA: '/local' }, 'win32', '/local/through-the-valley'],
])('the state folder comes from %s', (_, env, platform, expected) => {
  expect(stateFolder(env, platform, '/home/me')).toBe(expected);
});

describe('between processes', () => {
  const children = new Set<ChildProcess>();
  afterAll(() => children.forEach((child) => child.kill('SIGKILL')));

  function start(name: string, ...behaviour: string[]): ChildProcess {
    const child = spawn(process.execPath, [program, folder, join(folder, 'notes'), name, ...behaviour], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.add(child);
    child.once('close', () => children.delete(child));
    return child;
  }
  const notes = (): string[] => readFileSync(join(folder, 'notes'), 'utf8').split('\n').slice(0, -1);
  const ended = (all: ChildProcess[]): Promise<unknown> => Promise.all(all.map((child) => once(child, 'close')));

  test('twenty that start together work one after the other, though some of them die holding', async () => {
    writeFileSync(join(folder, 'notes'), '');
    await ended(Array.from({ length: 20 }, (_, index) => start(`m${index}`, index % 4 === 0 ? 'die' : 'queue')));
    const lines = notes();
    expect(lines).toHaveLength(40);
    for (let i = 0; i < 40; i += 2) {
      expect(lines[i]).toMatch(/^enter m\d+$/);
      expect(lines[i + 1]).toBe(lines[i]?.replace('enter', 'leave'));
    }
    expect(new Set(lines).size).toBe(40);
  });

  test('of twelve that will not wait exactly one works', async () => {
    writeFileSync(join(folder, 'notes'), '');
    await ended(Array.from({ length: 12 }, (_, index) => start(`m${index}`, 'refuse', '11')));
    const kinds = notes().map((line) => line.replace(/ .*/, ''));
    expect(kinds.toSorted()).toEqual(['enter', 'leave', ...Array<string>(11).fill('refused')]);
  });

  test('a holder that is killed is followed by the one that waits; one that is only stopped is not', async () => {
    writeFileSync(join(folder, 'notes'), '');
    const holder = start('holder', 'hold');
    await vi.waitFor(() => expect(notes()).toEqual(['enter holder']), 30_000);
    holder.kill('SIGSTOP');
    const heir = start('heir');
    await once(heir.stdout ?? heir, 'data');
    expect(notes()).toEqual(['enter holder']);
    holder.kill('SIGKILL');
    await once(heir, 'close');
    expect(notes()).toEqual(['enter holder', 'enter heir', 'leave heir']);
  });
});
