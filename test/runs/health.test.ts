import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ExitRecord, Heartbeat, Lease } from '../../src/protocol/runFolder.ts';
import { healthOf, isAbandoned, observe, statusOf } from '../../src/runs/health.ts';
import { bootId, processStart } from '../../src/runs/processIdentity.ts';

const NOW = 1_900_000_000_000;
let sleeper: ChildProcess;
let living: Lease;
let folder: string;

beforeAll(async () => {
  sleeper = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], { stdio: 'ignore' });
  await once(sleeper, 'spawn');
  const pid = sleeper.pid ?? 0;
  living = {
    v: 1,
    runId: 'r',
    instanceId: 'i1',
    attempt: 1,
    pid,
    processStart: await processStart(pid),
    bootId: await bootId(),
    host: hostname(),
    socketPath: '/nowhere',
    startedAt: NOW - 1000,
    recipe: 'sft',
    name: 'n',
    configPath: '/c.valley.jsonc',
  };
});
afterAll(() => sleeper.kill('SIGKILL'));
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'health-'));
  put('.valley-run', 'r\n');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const put = (name: string, content: unknown): void =>
  writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
const dead = (): Lease => ({ ...living, processStart: '1' });
const beat = (time: number, instanceId = 'i1'): Heartbeat => ({
  instanceId,
  beat: 3,
  time,
  lastProgress: time,
  step: 7,
});
const exit = (instanceId = 'i1', outcome: ExitRecord['outcome'] = 'finished'): ExitRecord => ({
  v: 1,
  instanceId,
  attempt: 1,
  outcome,
  exitCode: 0,
  lastWords: '',
  time: NOW,
});

describe('what is concluded', () => {
  test('a living process with a fresh heartbeat is alive', async () => {
    put('run.json', living);
    put('heartbeat.json', beat(NOW - 2000));
    expect(await healthOf(folder, NOW)).toEqual({ kind: 'alive' });
  });

  test('a living process that fell silent does not respond; it is not called dead', async () => {
    put('run.json', living);
    put('heartbeat.json', beat(NOW - 60_000));
    expect(await healthOf(folder, NOW)).toEqual({ kind: 'notResponding', since: NOW - 60_000 });
  });

  test.each([
    ['eight hours of sleep', 8 * 3_600_000],
    ['a clock set a day ahead', 86_400_000],
    ['a clock set a day back', -86_400_000],
  ])('%s never makes a living process lost', async (_, jump) => {
    put('run.json', living);
    put('heartbeat.json', beat(NOW));
    expect((await healthOf(folder, NOW + jump)).kind).not.toBe('lost');
  });

  test('a starting process without its first beat is alive; the beat of an earlier one does not count', async () => {
    put('run.json', living);
    put('heartbeat.json', beat(NOW - 3_600_000, 'earlier'));
    expect(await healthOf(folder, NOW)).toEqual({ kind: 'alive' });
    expect(await healthOf(folder, NOW + 60_000)).toEqual({ kind: 'notResponding', since: living.startedAt });
  });

  test('a dead process without an exit record is lost, even with a fresh heartbeat, and leaves its last words', async () => {
    put('run.json', dead());
    put('heartbeat.json', beat(NOW));
    put('trainer.log', 'one\nout of memory\n');
    expect(await healthOf(folder, NOW)).toEqual({ kind: 'lost', lastWords: 'one\nout of memory' });
  });

  test('a folder that was just taken is starting; one that stays without a lease is lost', async () => {
    const { mtimeMs } = statSync(join(folder, '.valley-run'));
    expect(await healthOf(folder, mtimeMs + 1000)).toEqual({ kind: 'alive' });
    expect((await healthOf(folder, mtimeMs + 60_000)).kind).toBe('lost');
  });

  test('an exit record of this process ends it; one of an earlier process does not', async () => {
    put('run.json', dead());
    put('exit.json', exit('earlier'));
    expect((await healthOf(folder, NOW)).kind).toBe('lost');
    put('exit.json', exit());
    expect(await healthOf(folder, NOW)).toEqual({ kind: 'ended' });
  });

  test('a process on another machine is judged by its heartbeat alone and never called lost', async () => {
    put('run.json', { ...dead(), host: 'elsewhere.example' });
    put('heartbeat.json', beat(NOW));
    expect(await healthOf(folder, NOW)).toEqual({ kind: 'alive' });
    expect(await healthOf(folder, NOW + 60_000)).toEqual({ kind: 'notResponding', since: NOW });
    const abandoned = await healthOf(folder, NOW + 3_600_000);
    expect(abandoned).toEqual({ kind: 'notResponding', since: NOW, abandonedOn: 'elsewhere.example' });
    expect([isAbandoned(abandoned), isAbandoned({ kind: 'notResponding', since: NOW })]).toEqual([true, false]);
  });
});

describe('damaged facts', () => {
  const damaged: [string, string | object][] = [
    ['empty', ''],
    ['no JSON', '{{{'],
    ['null', 'null'],
    ['a list', '[]'],
    ['a newer version', { v: 99 }],
    ['a text for a pid', { pid: '1' }],
    ['a true pid', { pid: true }],
    ['a fraction for a pid', { pid: 1.5 }],
    ['a number for a host', { host: 5 }],
    ['an object for a start', { processStart: {} }],
    ['huge', `"${'x'.repeat(2 << 20)}"`],
  ];
  test.each(damaged)('run.json is %s: known to be unknown, without an exception', async (_, content) => {
    put('run.json', typeof content === 'string' ? content : { ...living, ...content });
    const seen = await observe(folder, NOW);
    expect(seen.lease).toBeNull();
    expect(seen.health).toEqual({ kind: 'lost', lastWords: expect.stringContaining('run.json') as string });
  });

  test('a lease cut at every byte is either whole or absent', async () => {
    const text = JSON.stringify(living);
    for (let length = 0; length < text.length; length++) {
      put('run.json', text.slice(0, length));
      expect((await observe(folder, NOW)).lease).toBeNull();
    }
    put('run.json', text);
    expect((await observe(folder, NOW)).lease).toEqual(living);
  });

  test('a folder in place of a file, and no folder at all', async () => {
    mkdirSync(join(folder, 'run.json'));
    expect((await observe(folder, NOW)).lease).toBeNull();
    expect((await observe(join(folder, 'missing'), NOW)).health.kind).toBe('lost');
  });
});

describe('what is shown', () => {
  const running = { status: 'running', attempt: 1 } as const;
  const show = async (run: Parameters<typeof statusOf>[0]) => statusOf(run, await observe(folder, NOW));

  test('the words of a living run, a lost one, and one whose last event could not be written', async () => {
    put('run.json', living);
    put('heartbeat.json', beat(NOW));
    expect(await show({ status: 'paused', attempt: 1 })).toBe('paused');
    put('run.json', dead());
    expect(await show(running)).toBe('lost');
    expect(await show({ status: 'queued', attempt: 1 })).toBe('lost');
    put('exit.json', exit('i1', 'failed'));
    expect(await show(running)).toBe('failed');
  });

  test('a run that said how it ended is believed, whatever became of the process', async () => {
    put('run.json', dead());
    for (const status of ['finished', 'stopped', 'failed'] as const) {
      expect(await show({ status, attempt: 1 })).toBe(status);
    }
  });

  test('a new attempt that has said nothing yet is starting, then lost if it dies so', async () => {
    put('run.json', { ...living, attempt: 2, instanceId: 'i2' });
    put('exit.json', exit('i1', 'failed'));
    expect(await show({ status: 'failed', attempt: 1 })).toBe('starting');
    put('run.json', { ...dead(), attempt: 2, instanceId: 'i2' });
    expect(await show({ status: 'failed', attempt: 1 })).toBe('lost');
    put('exit.json', { ...exit('i2', 'failed'), attempt: 2 });
    expect(await show({ status: 'stopped', attempt: 1 })).toBe('failed');
  });
});
