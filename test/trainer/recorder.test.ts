import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FileFailure } from '../../src/data/dataFailure.ts';
import { realFiles, type FilePort } from '../../src/data/files.ts';
import type { Completion, RunEvent, StampedEvent } from '../../src/protocol/events.ts';
import { Recorder } from '../../src/trainer/recorder.ts';
import { sampleFileName } from '../../src/protocol/runFolder.ts';
import { tokenFileHead } from '../../src/protocol/tokenRecords.ts';
import { TokenFile } from '../../src/runs/tokenFile.ts';
import { SampleFiles } from '../../src/trainer/sampleFiles.ts';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'recorder-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const step = (number: number): RunEvent => ({ type: 'step.finished', step: number, metrics: {} });
const full = (): never => {
  throw new FileFailure('write', 'events.jsonl', 'ENOSPC');
};

describe('the recorder on a disk that fills up', () => {
  /** Takes what `hasSpace` allows; the reserve counts as space. */
  function setUp(hasSpace: (event: RunEvent) => boolean, isEnding = (): boolean => false) {
    const written: RunEvent[] = [];
    let waits = 0;
    const recorder = new Recorder({
      log: {
        append: (event) => {
          if (!hasSpace(event)) full();
          return { event } as StampedEvent;
        },
      },
      runFolder: folder,
      onWritten: ({ event }) => written.push(event),
      wait: () => Promise.resolve(void waits++),
      isEnding,
    });
    return { recorder, written, waits: () => waits };
  }

  test('says why it waits out of its reserve, loses nothing, and says when it goes on', async () => {
    let refusals = 3;
    const hasSpace = (event: RunEvent): boolean => event.type !== 'step.finished' || refusals-- <= 0;
    const { recorder, written, waits } = setUp(hasSpace);
    expect(existsSync(join(folder, '.reserve'))).toBe(true);
    await recorder.say(step(1));
    expect(written.map(({ type }) => type)).toEqual([
      'log.written',
      'run.paused',
      'step.finished',
      'run.resumed',
      'log.written',
    ]);
    expect(waits()).toBe(3);
    expect(existsSync(join(folder, '.reserve'))).toBe(true);
  });

  test('waits in silence where even the reserve does not help', async () => {
    let refusals = 5;
    const { recorder, written } = setUp(() => refusals-- <= 0);
    await recorder.say(step(1));
    expect(written.map(({ type }) => type)).toEqual(['step.finished', 'run.resumed', 'log.written']);
  });

  test('gives up with the reason when the run is to end', async () => {
    let isEnding = false;
    const { recorder } = setUp(
      () => {
        isEnding = true;
        return false;
      },
      () => isEnding,
    );
    await expect(recorder.say(step(1))).rejects.toMatchObject({ code: 'diskFull' });
  });

  test('any other failure comes out at once', async () => {
    const log = {
      append: (): never => {
        throw new FileFailure('write', 'events.jsonl', 'EIO');
      },
    };
    const parts = {
      runFolder: folder,
      onWritten: () => undefined,
      wait: () => Promise.resolve(),
      isEnding: () => false,
    };
    await expect(new Recorder({ log, ...parts }).say(step(1))).rejects.toMatchObject({ code: 'runFolderLost' });
  });

  test('frees its reserve at the end', () => {
    setUp(() => true).recorder.close();
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('sample files', () => {
  const completion = (index: number): Completion => ({
    id: `5-evaluation-${index}`,
    step: 5,
    prompt: '1+1=',
    text: `답 ${index}`,
    trace: '',
    answer: null,
    gold: '2',
    verdict: 'unparsed',
    finishReason: 'length',
    tokens: 3,
    seed: index,
    temperature: 0.6,
    meanLogProbability: null,
    steps: null,
  });
  const batch = (from: number, to: number) =>
    ({
      type: 'completions.sampled',
      step: 5,
      purpose: 'evaluation',
      benchmark: 'b',
      completions: Array.from({ length: to - from }, (_, index) => completion(from + index)),
    }) as const;
  const finished = { type: 'evaluation.finished', step: 5, benchmark: 'b', scores: [] } as const;
  const read = (): Completion[] =>
    readFileSync(join(folder, 'samples', 'b-00000005.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Completion);

  test('hold every completion of an evaluation, one per line', () => {
    const files = new SampleFiles(folder);
    files.keep(batch(0, 3));
    files.keep(batch(3, 5));
    expect(files.finish(finished)).toEqual({
      type: 'samples.written',
      file: 'b-00000005.jsonl',
      step: 5,
      benchmark: 'b',
      count: 5,
    });
    expect(read()).toEqual(batch(0, 5).completions);
    expect(files.finish(finished)).toBeNull();
  });

  test('begin anew where an interrupted attempt left one', () => {
    const first = new SampleFiles(folder);
    first.keep(batch(0, 50));
    first.close();
    const second = new SampleFiles(folder);
    second.keep(batch(0, 2));
    second.finish(finished);
    expect(read()).toEqual(batch(0, 2).completions);
  });

  test('a write that failed half-way and is repeated leaves each line once', () => {
    let isFull = true;
    const stingy: FilePort = {
      ...realFiles,
      write: (fd, bytes, position) =>
        isFull && position > 100 ? full() : realFiles.write(fd, bytes.subarray(0, 64), position),
    };
    const files = new SampleFiles(folder, stingy);
    expect(() => files.keep(batch(0, 4))).toThrow(expect.objectContaining({ code: 'diskFull' }) as Error);
    isFull = false;
    files.keep(batch(0, 4));
    files.finish(finished);
    expect(read()).toEqual(batch(0, 4).completions);
  });

  test('tokens lie beside the lines, in their order; what cannot be written is written once when there is room', () => {
    let isFull = true;
    const stingy: FilePort = {
      ...realFiles,
      write: (fd, bytes, position) =>
        isFull && position > 60 ? full() : realFiles.write(fd, bytes.subarray(0, 64), position),
    };
    const details = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, i) => ({
        tokens: Int32Array.of(from + i, 7),
        logProbabilities: Float32Array.of(-1, -2),
        entropies: Float32Array.of(0.5, 0.25),
        alternatives: Int32Array.of(1, 2, 3, 4),
        alternativeLogProbabilities: Float32Array.of(-1, -3, -1, -3),
      }));
    const files = new SampleFiles(folder, stingy);
    const first = { ...batch(0, 3), details: details(0, 3) };
    expect(() => files.keep(first)).toThrow(expect.objectContaining({ code: 'diskFull' }) as Error);
    isFull = false;
    files.keep(first);
    files.close();
    const again = new SampleFiles(folder);
    expect(again.goOn('b', 5)).toEqual(batch(0, 3).completions);
    again.keep({ ...batch(3, 5), details: details(3, 5) });
    expect(again.finish(finished)).toMatchObject({ count: 5, tokens: 'b-00000005.tokens' });
    expect(read()).toEqual(batch(0, 5).completions);
    const file = TokenFile.open(join(folder, 'samples', 'b-00000005.tokens'));
    expect(file.alternatives).toBe(2);
    expect(file.places.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4]);
    expect(file.read(4)).toEqual({ index: 4, ...details(4, 5)[0] });
    expect(file.read(9)).toBeNull();
    file.close();
  });

  test('a head that finds no space leaves no file open, however often it is tried', () => {
    let open = 0;
    const counted: FilePort = {
      ...realFiles,
      open: (path, mode) => (open++, realFiles.open(path, mode)),
      close: (fd) => (open--, realFiles.close(fd)),
      write: full,
    };
    const files = new SampleFiles(folder, counted);
    const none = { tokens: Int32Array.of(7), logProbabilities: Float32Array.of(-1), entropies: Float32Array.of(0) };
    const detail = { ...none, alternatives: new Int32Array(), alternativeLogProbabilities: new Float32Array() };
    for (let i = 0; i < 3; i++) {
      expect(() => files.keep({ ...batch(0, 1), details: [detail] })).toThrow();
      // That of the lines.
      expect(open).toBe(1);
    }
    files.close();
    expect(open).toBe(0);
  });

  test('a link where a file of samples should be is not written through', () => {
    const victim = join(folder, 'victim');
    writeFileSync(victim, 'precious');
    mkdirSync(join(folder, 'samples'));
    symlinkSync(victim, join(folder, 'samples', 'b-00000005.jsonl'));
    expect(() => new SampleFiles(folder).keep(batch(0, 1))).toThrow();
    expect(readFileSync(victim, 'utf8')).toBe('precious');
  });

  test('what an earlier attempt has left is gone when it is discarded', () => {
    const first = new SampleFiles(folder);
    first.keep(batch(0, 3));
    first.close();
    const second = new SampleFiles(folder);
    expect(second.has('b', 5)).toBe(true);
    second.discard('b', 5);
    expect(second.has('b', 5)).toBe(false);
    expect(second.goOn('b', 5)).toEqual([]);
  });

  test.each([
    ['half a line', (lines: Buffer, tokens: Buffer) => [lines.subarray(0, -9), tokens]],
    ['half a record', (lines: Buffer, tokens: Buffer) => [lines, tokens.subarray(0, -5)]],
    ['a record less', (lines: Buffer, tokens: Buffer) => [lines, tokens.subarray(0, 12 + 2 * 52)]],
    ['a damaged record', (lines: Buffer, tokens: Buffer) => [lines, Buffer.from(tokens).fill(1, tokens.length - 3)]],
    ['lines without the tokens of the last', (lines: Buffer, tokens: Buffer) => [lines.subarray(0, -9), tokens]],
  ])('%s is cut off, and what is whole is gone on with', (_, damage) => {
    const detail = {
      ...{ tokens: Int32Array.of(5, 7), logProbabilities: Float32Array.of(-1, -2), entropies: Float32Array.of(0, 0) },
      ...{ alternatives: Int32Array.of(1, 2), alternativeLogProbabilities: Float32Array.of(-1, -3) },
    };
    const details = [detail, detail, detail];
    const first = new SampleFiles(folder);
    first.keep({ ...batch(0, 3), details });
    first.close();
    const paths = ['b-00000005.jsonl', 'b-00000005.tokens'].map((name) => join(folder, 'samples', name));
    const [lines, tokens] = damage(readFileSync(paths[0]!), readFileSync(paths[1]!));
    writeFileSync(paths[0]!, lines!);
    writeFileSync(paths[1]!, tokens!);
    const again = new SampleFiles(folder);
    expect(again.goOn('b', 5)).toEqual(batch(0, 2).completions);
    again.keep({ ...batch(2, 3), details: [detail] });
    again.finish(finished);
    expect(read()).toEqual(batch(0, 3).completions);
    const file = TokenFile.open(paths[1]!);
    expect(file.places.map((place) => file.recordAt(place).index)).toEqual([0, 1, 2]);
    file.close();
  });

  test('a file that is none of tokens is refused, and no record is read beyond its end', () => {
    const path = join(folder, 'x.tokens');
    writeFileSync(path, '{"id":"5-evaluation-0"}');
    expect(() => TokenFile.open(path)).toThrow('begins with');
    writeFileSync(
      path,
      Buffer.concat([tokenFileHead(5), Buffer.from([0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0])]),
    );
    expect(() => TokenFile.open(path)).toThrow('more than');
    writeFileSync(path, Buffer.concat([tokenFileHead(5), Buffer.from([0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0])]));
    const file = TokenFile.open(path);
    expect(file.places).toEqual([]);
    file.close();
  });

  test.each(['../../etc/passwd', 'a/b', 'con:', '', 'x'.repeat(500)])(
    'the benchmark %j leads to a plain name',
    (name) => {
      expect(sampleFileName(name, 7)).toMatch(/^[\w-]{0,80}-00000007\.jsonl$/);
    },
  );

  test('a run folder that is gone is not made again', () => {
    const files = new SampleFiles(join(folder, 'gone'));
    expect(() => files.keep(batch(0, 1))).toThrow();
    expect(existsSync(join(folder, 'gone'))).toBe(false);
  });
});
