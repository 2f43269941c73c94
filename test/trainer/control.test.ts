/** The private socket of a real trainer: who is let in, and that nobody rude, slow or dead hurts the run or another client. */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createConnection, createServer, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PROTOCOL_VERSION } from '../../src/protocol/events.ts';
import { connect, ControlError, sendCommand } from '../../src/runs/controlClient.ts';
import { SOCKET_PATH_LIMIT, socketPrefix } from '../../src/runs/controlSocket.ts';
import type { LaunchedRun } from '../../src/runs/launch.ts';
import { eventsOf, kill, Runs, stateOf, until, untilEvent, untilExit, untilStep } from '../support/runs.ts';

const isLinux = process.platform === 'linux';
let runs: Runs;
let run: LaunchedRun;
beforeAll(async () => {
  runs = await Runs.open();
  run = await runs.fake({ steps: 1_000_000, stepMs: 5, pieces: 2000, pieceLength: 500 });
  await untilStep(run.runFolder, 1);
});
afterAll(() => runs.close());

const tokenOf = (folder: string): string => readFileSync(join(folder, 'control.token'), 'utf8');
const hello = (token = tokenOf(run.runFolder), protocol: unknown = PROTOCOL_VERSION): string =>
  `${JSON.stringify({ type: 'hello', token, protocol })}\n`;

/** A client without manners: what it says and how it is answered. */
class Raw {
  heard = '';
  isClosed = false;
  readonly socket: Socket;

  constructor(path: string) {
    this.socket = createConnection(path);
    this.socket.on('data', (chunk) => (this.heard += chunk.toString()));
    this.socket.on('error', () => (this.isClosed = true));
    this.socket.on('close', () => (this.isClosed = true));
  }
  say(text: string | Buffer): this {
    if (!this.socket.destroyed) this.socket.write(text);
    return this;
  }
  closed(): Promise<void> {
    return until(() => expect(this.isClosed).toBe(true));
  }
}
const raw = (): Raw => new Raw(run.lease.socketPath);

/** The run still works, and a good client is still served. */
async function expectUnharmed(): Promise<void> {
  const { step } = stateOf(run.runFolder);
  await untilStep(run.runFolder, step + 2);
  const client = await connect(run.runFolder);
  expect(client.isOpen).toBe(true);
  client.close();
}

test('the socket and its secret are for this user alone', () => {
  const { socketPath } = run.lease;
  expect(dirname(socketPath)).toBe(run.runFolder);
  expect(statSync(socketPath).isSocket()).toBe(true);
  expect(statSync(socketPath).mode & 0o777).toBe(0o600);
  expect(Buffer.byteLength(socketPath)).toBeLessThanOrEqual(SOCKET_PATH_LIMIT);
  if (isLinux) expect(readFileSync(`/proc/${run.pid}/cmdline`, 'utf8')).not.toContain(tokenOf(run.runFolder));
});

test('a welcomed client is woken by new events and hears a sample as it is written', async () => {
  let wakes = 0;
  let text = '';
  let isDone = false;
  const client = await connect(run.runFolder, {
    onWoke: () => wakes++,
    onSampled: (piece, done) => {
      text += piece;
      isDone ||= done;
    },
  });
  await until(() => expect(wakes).toBeGreaterThan(2));
  client.send({ type: 'sample', prompt: '2+2=', temperature: 0, maxNewTokens: 5, seed: 3 });
  await until(() => expect(isDone).toBe(true));
  expect(text).toBe('x'.repeat(2000 * 500));
  await untilEvent(run.runFolder, 'completions.sampled', { purpose: 'interactive' });
  client.close();
});

describe('a client is shut out', () => {
  test.each<[string, () => string]>([
    ['a wrong token', () => hello('0'.repeat(64))],
    ['an empty token', () => hello('')],
    ['no token', () => '{"type":"hello","protocol":1}\n'],
    ['another version', () => hello(undefined, PROTOCOL_VERSION + 1)],
    ['a version in words', () => hello(undefined, 'one')],
    ['a command before its hello', () => '{"type":"command","command":{"type":"stop"}}\n'],
    ['garbage', () => '\u0000\u0001garbage\n'],
    ['another protocol', () => 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'],
    ['null', () => 'null\n'],
    ['a long line without an end', () => 'x'.repeat(100_000)],
    ['a good hello and then garbage', () => `${hello()}{{{\n`],
    ['a good hello and an unknown command', () => `${hello()}{"type":"command","command":{"type":"explode"}}\n`],
    ['a good hello and a huge line', () => hello() + 'y'.repeat((1 << 20) + 10)],
  ])('for %s', async (_, words) => {
    const rude = raw().say(words());
    await rude.closed();
    if (!words().startsWith(hello())) expect(rude.heard).toBe('');
    expect(stateOf(run.runFolder).status).toBe('running');
  });

  test('for anything that is not a right hello, however it is cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 60 }), fc.nat(59), async (bytes, cut) => {
        const rude = raw()
          .say(Buffer.from(bytes.subarray(0, cut)))
          .say(Buffer.from(bytes.subarray(cut)))
          .say('\n');
        await rude.closed();
        expect(rude.heard).toBe('');
      }),
      { numRuns: 40 },
    );
    await expectUnharmed();
  });

  test('not for speaking slowly, byte by byte', async () => {
    const slow = raw();
    for (const byte of hello()) {
      slow.say(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await until(() => expect(slow.heard).toContain(run.lease.instanceId));
    slow.socket.destroy();
  });

  test('for hanging up in the middle, many times, without harm to others', async () => {
    for (let count = 0; count < 200; count++) raw().say(hello().slice(0, 20)).socket.destroy();
    await expectUnharmed();
  });
});

test('a client that never reads costs the run nothing, and others are served', async () => {
  const deaf = raw().say(hello());
  deaf.socket.pause();
  const rss = (): number =>
    isLinux ? Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${run.pid}/status`, 'utf8'))?.[1]) : 0;
  const before = rss();
  for (let count = 0; count < 12; count++) {
    await sendCommand(run.runFolder, { type: 'sample', prompt: '1+1=', temperature: 0, maxNewTokens: 5, seed: count });
  }
  await until(() => {
    const seeds = eventsOf(run.runFolder).flatMap(({ event }) =>
      event.type === 'completions.sampled' ? event.completions.map(({ seed }) => seed) : [],
    );
    expect(seeds).toContain(11);
  });
  // Twelve samples of a megabyte were streamed; none of them is kept for the deaf one.
  expect(rss() - before).toBeLessThan(150_000);
  const saved = () => eventsOf(run.runFolder).filter(({ event }) => event.type === 'checkpoint.saved').length;
  const savedBefore = saved();
  deaf.say(`${JSON.stringify({ type: 'command', command: { type: 'saveCheckpoint' } })}\n`);
  await until(() => expect(saved()).toBeGreaterThan(savedBefore));
  await expectUnharmed();
  deaf.socket.destroy();
});

test('a flood of commands from one client does no harm', async () => {
  const flood = raw().say(hello());
  const line = `${JSON.stringify({ type: 'command', command: { type: 'saveCheckpoint' } })}\n`;
  for (let count = 0; count < 50; count++) flood.say(line.repeat(2000));
  await until(() => expect(flood.isClosed || flood.socket.writableLength === 0).toBe(true));
  flood.socket.destroy();
  await expectUnharmed();
});

describe('a client does not trust', () => {
  const answer = async (folder: string): Promise<unknown> =>
    connect(folder).then(
      () => 'connected',
      (error: unknown) => error,
    );
  const folderWith = async (socketPath: string): Promise<string> => {
    const stranger = await runs.fake({ steps: 1 });
    await stranger.exited;
    const lease = { ...stranger.lease, socketPath };
    writeFileSync(join(stranger.runFolder, 'run.json'), JSON.stringify(lease));
    return stranger.runFolder;
  };

  test.each([
    ['another program that answers', '{"type":"welcome","runId":"r","instanceId":"someone else"}\n'],
    ['garbage', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
    ['a hang-up', null],
  ])('%s at the address of a run', async (_, words) => {
    const path = join(runs.folder, `s${Math.random().toString(36).slice(2, 8)}.sock`);
    const server = createServer((socket) => (words === null ? socket.destroy() : socket.write(words)));
    await new Promise<void>((resolve) => server.listen(path, resolve));
    expect(await answer(await folderWith(path))).toBeInstanceOf(ControlError);
    server.close();
  });

  test('an ended run, a dead socket, or a folder without a lease', async () => {
    expect(await answer(await folderWith(join(runs.folder, 'nobody.sock')))).toBeInstanceOf(ControlError);
    expect(await answer(runs.folder)).toBeInstanceOf(ControlError);
  });
});

test('a path that is too long for a socket gets a short one that exists and is closed to others', async () => {
  const runFolder = join(runs.folder, 'long'.repeat(30), 'run');
  const long = await runs.fake({ steps: 1_000_000, stepMs: 5 }, { runFolder });
  const { socketPath } = long.lease;
  expect(dirname(socketPath)).not.toBe(runFolder);
  expect(Buffer.byteLength(socketPath)).toBeLessThanOrEqual(SOCKET_PATH_LIMIT);
  expect(existsSync(socketPath)).toBe(true);
  expect(statSync(dirname(socketPath)).mode & 0o777).toBe(0o700);
  await sendCommand(runFolder, { type: 'stop', now: true });
  expect(await long.exited).toBe(130);
  expect(existsSync(socketPath)).toBe(false);
});

test('the socket of a killed trainer is cleared away by the next attempt, which has one of its own', async () => {
  const plan = { steps: 1_000_000, stepMs: 5 };
  const first = await runs.fake(plan);
  await untilStep(first.runFolder, 1);
  kill(first.pid, 'SIGKILL');
  await first.exited;
  expect(existsSync(first.lease.socketPath)).toBe(true);
  expect(first.lease.socketPath).toContain(socketPrefix(first.runFolder));
  const second = await runs.fake(plan, { runFolder: first.runFolder, isContinuation: true });
  expect(existsSync(first.lease.socketPath)).toBe(false);
  expect(second.lease.socketPath).not.toBe(first.lease.socketPath);
  await sendCommand(second.runFolder, { type: 'stop', now: true });
  expect(await untilExit(second.runFolder, 2)).toMatchObject({ outcome: 'stopped' });
});
