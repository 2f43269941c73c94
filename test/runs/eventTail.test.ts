import { appendFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { encodeEventLine } from '../../src/protocol/eventLine.ts';
import { PROTOCOL_VERSION, type StampedEvent } from '../../src/protocol/events.ts';
import { EventTail } from '../../src/runs/eventTail.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tail-'));
  file = join(folder, 'events.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const stamped = (seq: number, message = `line ${seq} – 골짜기`): StampedEvent => ({
  v: PROTOCOL_VERSION,
  runId: 'r',
  attempt: 1,
  seq,
  time: 1000 + seq,
  event: { type: 'log.written', level: 'info', message },
});
const line = (seq: number, message?: string): string => encodeEventLine(stamped(seq, message));
const lines = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, index) => line(from + index)).join('');
const seqs = (events: readonly StampedEvent[]): number[] => events.map(({ seq }) => seq);
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

test('nothing there is no event and no error', () => {
  expect(new EventTail(folder).read()).toEqual([]);
  expect(new EventTail(join(folder, 'missing')).read()).toEqual([]);
});

test('however the file is cut into pieces, even inside a character, the same events come out once', () => {
  const texts = fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(texts, fc.array(fc.nat(), { maxLength: 12 }), (messages, cuts) => {
      const events = messages.map((message, seq) => stamped(seq, message));
      const bytes = Buffer.from(events.map(encodeEventLine).join(''));
      const ends = [...new Set([...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b);
      writeFileSync(file, '');
      const tail = new EventTail(folder);
      const heard: StampedEvent[] = [];
      let start = 0;
      for (const end of ends) {
        appendFileSync(file, bytes.subarray(start, end));
        heard.push(...tail.read());
        start = end;
      }
      // A lone surrogate is written as U+FFFD, so texts are compared as files hold them.
      expect(heard).toEqual(
        events.map((event) => JSON.parse(Buffer.from(JSON.stringify(event)).toString()) as unknown),
      );
      expect([tail.damaged, tail.missing, tail.generation]).toEqual([0, 0, 0]);
    }),
    { numRuns: 150 },
  );
});

test('a torn last line waits, byte by byte, and is whole in the end', () => {
  const bytes = Buffer.from(line(0));
  const tail = new EventTail(folder);
  writeFileSync(file, '');
  for (const byte of bytes.subarray(0, -1)) {
    appendFileSync(file, Buffer.of(byte));
    expect(tail.read()).toEqual([]);
  }
  appendFileSync(file, '\n');
  expect(seqs(tail.read())).toEqual([0]);
});

test.each([
  ['a flipped byte', line(1).replace('line 1', 'line 7')],
  ['garbage', '%%% not an event %%%\n'],
  ['half a line', `${line(1).slice(0, 40)}\n`],
  ['an empty line', '\n'],
  ['a newer protocol', encodeEventLine({ ...stamped(1), v: PROTOCOL_VERSION + 1 })],
  ['a checksum over something that is no JSON', encodeEventLine({ ...stamped(1), seq: -5 })],
  ['an event told twice', line(0)],
])('%s in the middle is skipped and counted; the rest is read', (_, bad) => {
  writeFileSync(file, line(0) + bad + line(2));
  const tail = new EventTail(folder);
  expect(seqs(tail.read())).toEqual([0, 2]);
  expect(tail.damaged).toBe(1);
  expect(tail.missing).toBe(1);
});

test('a block of zero bytes from a power cut costs no event that follows it', () => {
  writeFileSync(file, line(0));
  appendFileSync(file, Buffer.alloc(5000));
  appendFileSync(file, line(1) + line(2));
  const tail = new EventTail(folder);
  expect(seqs(tail.read())).toEqual([0, 1, 2]);
});

test('a truncated file is read from its start, in a new generation', () => {
  writeFileSync(file, lines(0, 5));
  const tail = new EventTail(folder);
  expect(seqs(tail.read())).toEqual(upTo(5));
  truncateSync(file, line(0).length - 10);
  expect(tail.read()).toEqual([]);
  expect(tail.generation).toBe(1);
  writeFileSync(file, lines(0, 2));
  expect(seqs(tail.read())).toEqual([0, 1]);
});

test('a file that was truncated and has grown past the cursor again is noticed', () => {
  writeFileSync(file, lines(0, 3));
  const tail = new EventTail(folder);
  tail.read();
  writeFileSync(file, Array.from({ length: 9 }, (_, seq) => line(seq, `another run, event ${seq}`)).join(''));
  expect(seqs(tail.read())).toEqual(upTo(9));
  expect(tail.generation).toBe(1);
});

test('a replaced file is read from its start, in a new generation', () => {
  writeFileSync(file, lines(0, 3));
  const tail = new EventTail(folder);
  tail.read();
  writeFileSync(`${file}.new`, lines(0, 4));
  renameSync(`${file}.new`, file);
  expect(seqs(tail.read())).toEqual(upTo(4));
  expect(tail.generation).toBe(1);
});

test('the torn tail that a writer moves away is no truncation', () => {
  writeFileSync(file, lines(0, 3) + line(3).slice(0, 30));
  const tail = new EventTail(folder);
  expect(seqs(tail.read())).toEqual([0, 1, 2]);
  truncateSync(file, Buffer.byteLength(lines(0, 3)));
  expect(tail.read()).toEqual([]);
  appendFileSync(file, line(3));
  expect(seqs(tail.read())).toEqual([3]);
  expect(tail.generation).toBe(0);
});

test('a long list comes in several calls, in order and complete', () => {
  const long = 'x'.repeat(50_000);
  writeFileSync(file, Array.from({ length: 200 }, (_, seq) => line(seq, long)).join(''));
  const tail = new EventTail(folder);
  const heard: number[] = [];
  let calls = 0;
  do {
    heard.push(...seqs(tail.read()));
    calls++;
  } while (tail.hasMore);
  expect(heard).toEqual(upTo(200));
  expect(calls).toBeGreaterThan(1);
});

test('a line longer than one read is still read', () => {
  writeFileSync(file, line(0, 'y'.repeat(9 << 20)) + line(1));
  const tail = new EventTail(folder);
  const heard = tail.read();
  if (tail.hasMore) heard.push(...tail.read());
  expect(seqs(heard)).toEqual([0, 1]);
});

test('watching tells of each growth, of a file that appears and of a folder that appears', async () => {
  const late = join(folder, 'late');
  const tail = new EventTail(late);
  const heard: number[] = [];
  const stop = tail.watch(() => heard.push(...seqs(tail.read())));
  try {
    mkdirSync(late);
    writeFileSync(join(late, 'events.jsonl'), line(0));
    await vi.waitFor(() => expect(heard).toEqual([0]), 20_000);
    appendFileSync(join(late, 'events.jsonl'), lines(1, 4));
    await vi.waitFor(() => expect(heard).toEqual([0, 1, 2, 3]), 20_000);
  } finally {
    stop();
  }
});
