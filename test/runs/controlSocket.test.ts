import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  isPrivateFolder,
  LineCutter,
  newSecret,
  secretsMatch,
  SOCKET_PATH_LIMIT,
  socketCandidates,
  socketPrefix,
} from '../../src/runs/controlSocket.ts';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'socket-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a socket lies in the run folder where its path is short enough', () => {
  const [first = ''] = socketCandidates('/w/.valley/runs/a', {});
  expect(dirname(first)).toBe('/w/.valley/runs/a');
});

test.each([20, 60, 99, 100, 101, 300])('no candidate for a run folder of %i characters exceeds the limit', (length) => {
  const runFolder = `/${'골'.repeat(Math.ceil(length / 3))}`.padEnd(length, 'x');
  const candidates = socketCandidates(runFolder, { XDG_RUNTIME_DIR: `/run/${'u'.repeat(200)}` });
  expect(candidates.length).toBeGreaterThan(0);
  for (const path of candidates) expect(Buffer.byteLength(path)).toBeLessThanOrEqual(SOCKET_PATH_LIMIT);
});

test('the runtime folder of the user comes before the temporary one; a relative one is not used', () => {
  const long = `/${'x'.repeat(200)}`;
  expect(socketCandidates(long, { XDG_RUNTIME_DIR: '/run/user/7' })[0]).toMatch(/^\/run\/user\/7\/valley-/);
  expect(socketCandidates(long, { XDG_RUNTIME_DIR: 'here' }).every((path) => !path.includes('here'))).toBe(true);
});

test('sockets of one run folder share a prefix, so that leftovers are found; others do not', () => {
  const [a = '', b = ''] = [socketCandidates('/w/a')[0], socketCandidates('/w/a')[0]];
  expect(a).not.toBe(b);
  expect(a).toContain(socketPrefix('/w/a'));
  expect(b).toContain(socketPrefix('/w/a'));
  expect(socketPrefix('/w/a')).not.toBe(socketPrefix('/w/b'));
});

test('a folder for sockets is made closed, and refused where others could open or replace it', () => {
  const own = join(folder, 'own');
  expect(isPrivateFolder(own)).toBe(true);
  expect(statSync(own).mode & 0o777).toBe(0o700);
  expect(isPrivateFolder(own)).toBe(true);
  chmodSync(own, 0o755);
  expect(isPrivateFolder(own)).toBe(false);
  const target = join(folder, 'target');
  mkdirSync(target, { mode: 0o700 });
  symlinkSync(target, join(folder, 'link'));
  expect(isPrivateFolder(join(folder, 'link'))).toBe(false);
  expect(isPrivateFolder(join(folder, 'missing', 'deeper'))).toBe(false);
});

test('a secret matches itself only, and an empty one matches nothing', () => {
  const secret = newSecret();
  expect(secret).toMatch(/^[0-9a-f]{64}$/);
  expect(newSecret()).not.toBe(secret);
  expect(secretsMatch(secret, secret)).toBe(true);
  for (const wrong of ['', secret.slice(1), `${secret}0`, secret.toUpperCase().replace(/[A-F]/, 'x')]) {
    expect(secretsMatch(wrong, secret)).toBe(false);
  }
  expect(secretsMatch('', '')).toBe(false);
});

test('lines come out the same, however the bytes are cut', () => {
  const text = fc.array(
    fc.string({ unit: 'grapheme' }).map((line) => line.replaceAll('\n', ' ')),
    { maxLength: 6 },
  );
  fc.assert(
    fc.property(text, fc.array(fc.nat(), { maxLength: 10 }), (lines, cuts) => {
      const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
      const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
      const cutter = new LineCutter();
      const heard: string[] = [];
      let start = 0;
      for (const end of ends) {
        heard.push(...(cutter.cut(bytes.subarray(start, end), 1e6) ?? ['too long']));
        start = end;
      }
      expect(heard).toEqual(lines.map((line) => Buffer.from(line).toString()));
    }),
    { numRuns: 200 },
  );
});

test('a line over the limit is refused at the first byte too many, with and without its end', () => {
  const limit = 10;
  expect(new LineCutter().cut(Buffer.from('0123456789\n'), limit)).toEqual(['0123456789']);
  expect(new LineCutter().cut(Buffer.from('0123456789x\n'), limit)).toBeNull();
  const slow = new LineCutter();
  for (const byte of Buffer.from('0123456789')) expect(slow.cut(Buffer.of(byte), limit)).toEqual([]);
  expect(slow.cut(Buffer.from('x'), limit)).toBeNull();
});
