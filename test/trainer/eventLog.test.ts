import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FileFailure } from '../../src/data/dataFailure.ts';
import { type FilePort, realFiles } from '../../src/data/files.ts';
import { decodeEventLine, encodeEventLine } from '../../src/protocol/eventLine.ts';
import type { RunEvent, StampedEvent } from '../../src/protocol/events.ts';
import { english } from '../../src/protocol/sentence.ts';
import { EventLog } from '../../src/trainer/eventLog.ts';
import { MemoryFiles } from '../data/memoryFiles.ts';

const PATH = '/run/events.jsonl';
const said = (message: string): RunEvent => ({ type: 'log.written', level: 'info', message });

function memory(...lines: (string | Uint8Array)[]): MemoryFiles {
  const files = new MemoryFiles();
  files.put(PATH, Buffer.concat(lines.map((line) => Buffer.from(line))));
  return files;
}

function open(files: FilePort, path = PATH): EventLog {
  let time = 1000;
  return EventLog.open({ path, runId: 'r', now: () => time++, files });
}

const stamped = (seq: number, attempt = 1, runId = 'r', v = 1): StampedEvent => ({
  v,
  runId,
  attempt,
  seq,
  time: 5,
  event: said(`event ${seq} 가나다`),
});
const line = (seq: number, attempt?: number): string => encodeEventLine(stamped(seq, attempt));
const text = (files: MemoryFiles, path = PATH): string => new TextDecoder().decode(files.bytes(path));
const seqs = (files: MemoryFiles): (number | undefined)[] =>
  text(files)
    .split('\n')
    .slice(0, -1)
    .map((one) => decodeEventLine(one)?.seq);

test('an empty list begins at 0 in attempt 1', () => {
  const files = memory();
  const log = open(files);
  expect([log.attempt, log.nextSeq, log.recovered]).toEqual([1, 0, null]);
  expect(log.append(said('a'))).toEqual({ v: 1, runId: 'r', attempt: 1, seq: 0, time: 1000, event: said('a') });
  log.append(said('b'));
  expect(seqs(files)).toEqual([0, 1]);
});

test('goes on behind the last event in the next attempt, or the one that is given', () => {
  const files = memory(line(0), line(1, 2));
  expect(open(files)).toMatchObject({ attempt: 3, nextSeq: 2 });
  expect(EventLog.open({ path: PATH, runId: 'r', attempt: 7, now: Date.now, files }).attempt).toBe(7);
});

test('finds the last event behind a very long line and behind many damaged ones', () => {
  const long = encodeEventLine({ ...stamped(1), event: said('x'.repeat(300_000)) });
  expect(open(memory(line(0), long)).nextSeq).toBe(2);
  const damaged = `${line(2).slice(0, 40)}\n`.repeat(5000);
  expect(open(memory(line(0), line(1), damaged)).nextSeq).toBe(5002);
  expect(open(memory(damaged)).nextSeq).toBe(5000);
  expect(open(memory(line(0), new Uint8Array(4096), '\n')).nextSeq).toBe(2);
});

test('a torn end is set aside at every place it can be cut, and nothing whole is lost', () => {
  const whole = Buffer.from(line(0) + line(1));
  const firstEnd = Buffer.from(line(0)).byteLength;
  for (let cut = 0; cut <= whole.byteLength; cut++) {
    const files = memory(whole.subarray(0, cut));
    const kept = cut < firstEnd ? 0 : cut < whole.byteLength ? firstEnd : whole.byteLength;
    const log = open(files);
    log.append(said('next'));
    const count = kept === 0 ? 0 : kept === firstEnd ? 1 : 2;
    expect(seqs(files), `cut at ${cut}`).toEqual(Array.from({ length: count + 1 }, (_, seq) => seq));
    if (kept === cut) expect([log.recovered, files.list('/run')]).toEqual([null, ['events.jsonl']]);
    else {
      expect(english(log.recovered ?? '')).toContain(`${cut - kept} bytes`);
      expect(Buffer.from(files.bytes(`${PATH}.torn-1`))).toEqual(whole.subarray(kept, cut));
    }
  }
});

test('every torn end gets a file of its own', () => {
  const files = memory(line(0), 'torn');
  open(files).close();
  files.put(PATH, Buffer.from(`${text(files)}again`));
  open(files).close();
  expect(files.list('/run').toSorted()).toEqual(['events.jsonl', 'events.jsonl.torn-1', 'events.jsonl.torn-2']);
  expect(text(files, `${PATH}.torn-2`)).toBe('again');
});

test('another run or a newer version is not written to', () => {
  const foreign = memory(encodeEventLine(stamped(0, 1, 'other')), 'torn');
  expect(() => open(foreign)).toThrow(expect.objectContaining({ code: 'runFolderLost' }));
  const newer = memory(line(0), encodeEventLine(stamped(1, 1, 'r', 2)));
  expect(() => open(newer)).toThrow('newer version');
  expect([foreign.openFiles, newer.openFiles, foreign.list('/run')]).toEqual([0, 0, ['events.jsonl']]);
});

describe('a disk that fails', () => {
  test.each([1, 5])('short writes of %i bytes give whole lines', (most) => {
    const files = memory();
    files.faults = { taken: () => most };
    open(files).append(said('whole'));
    expect(seqs(files)).toEqual([0]);
  });

  test.each(['ENOSPC', 'EDQUOT', 'EIO'])(
    '%s after any number of bytes leaves nothing of the line, and it can be tried again',
    (errno) => {
      const length = Buffer.byteLength(line(1));
      for (let room = 0; room < length; room += 7) {
        const files = memory(line(0));
        const log = open(files);
        let left = room;
        files.faults = {
          before: (_, action, path) => {
            if (action === 'write' && left <= 0) throw new FileFailure('write', path, errno);
          },
          taken: (asked) => {
            const taken = Math.min(asked, left);
            left -= taken;
            return taken;
          },
        };
        expect(() => log.append(said('no room for this line, which is longer than the one that is there'))).toThrow(
          expect.objectContaining({ errno, code: errno === 'EIO' ? 'runFolderLost' : 'diskFull' }),
        );
        expect(text(files)).toBe(line(0));
        files.faults = {};
        expect(log.append(said('room')).seq).toBe(1);
        expect(seqs(files)).toEqual([0, 1]);
      }
    },
  );

  test('a milestone that cannot be synced is taken back, other events are not synced', () => {
    const files = memory();
    const log = open(files);
    files.faults = {
      before: (_, action, path) => {
        if (action === 'sync') throw new FileFailure('save', path, 'ENOSPC');
      },
    };
    log.append(said('plain'));
    expect(() => log.append({ type: 'run.finished', reason: 'completed' })).toThrow('ENOSPC');
    files.faults = {};
    log.append({ type: 'run.finished', reason: 'completed' });
    expect(seqs(files)).toEqual([0, 1]);
    log.append(said('after the milestone'));
    expect(seqs(files.afterCrash('bytesLost'))).toEqual([0, 1]);
    log.close();
    expect(seqs(files.afterCrash('bytesLost'))).toEqual([0, 1, 2]);
  });

  test('a list that cannot be shortened back begins the next line at the right place all the same', () => {
    const files = memory(line(0));
    const log = open(files);
    files.faults = {
      before: (_, action, path) => {
        if (action === 'truncate' || (action === 'write' && files.bytes(PATH).byteLength > 200)) {
          throw new FileFailure(action, path, 'EIO');
        }
      },
      taken: (asked) => Math.min(asked, 100),
    };
    expect(() => log.append(said('x'.repeat(500)))).toThrow('EIO');
    files.faults = {};
    log.append(said('y'.repeat(600)));
    expect(seqs(files)).toEqual([0, 1]);
  });
});

describe('on a real disk', () => {
  let folder = '';
  let path = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'valley-events-'));
    path = join(folder, 'events.jsonl');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('writes, is torn by someone, recovers and goes on', () => {
    const log = open(realFiles, path);
    for (let i = 0; i < 100; i++) log.append(said(`number ${i}`));
    log.close();
    log.close();
    appendFileSync(path, line(100).slice(0, 30));
    const again = open(realFiles, path);
    expect(again).toMatchObject({ attempt: 2, nextSeq: 100 });
    expect(english(again.recovered ?? '')).toContain('events.jsonl.torn-1');
    again.append(said('back'));
    again.close();
    const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
    expect(lines.map((one) => decodeEventLine(one)?.seq)).toEqual(Array.from({ length: 101 }, (_, seq) => seq));
  });

  test('a list that was deleted or replaced is noticed, and nothing is written elsewhere', () => {
    const log = open(realFiles, path);
    log.append(said('a'));
    rmSync(path);
    expect(() => log.append(said('b'))).toThrow(expect.objectContaining({ code: 'runFolderLost' }));
    writeFileSync(path, 'another file');
    expect(() => log.append(said('c'))).toThrow('deleted, moved or replaced');
    log.close();
    expect(readFileSync(path, 'utf8')).toBe('another file');
    expect(readdirSync(folder)).toEqual(['events.jsonl']);
  });

  test('a missing folder is told by name', () => {
    expect(() => open(realFiles, join(folder, 'gone', 'events.jsonl'))).toThrow(
      expect.objectContaining({ code: 'runFolderLost', errno: 'ENOENT' }),
    );
  });
});
