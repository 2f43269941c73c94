import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FileFailure } from '../../src/data/dataFailure.ts';
import {
  readWhole,
  removeTree,
  renameFile,
  replaceAtomically,
  writeDurably,
  writeNew,
} from '../../src/data/durable.ts';
import { type FilePort, realFiles } from '../../src/data/files.ts';
import { MemoryFiles } from './memoryFiles.ts';

const text = (files: MemoryFiles, path: string): string => new TextDecoder().decode(files.bytes(path));
const bytes = (value: string): Uint8Array => Buffer.from(value);

describe('on a real disk', () => {
  let folder = '';
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'valley-files-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  test('a file is written whole, hashed and replaced, and nothing else is left', () => {
    const path = join(folder, 'a.bin');
    writeDurably(realFiles, path, [bytes('old')]);
    const written = writeDurably(realFiles, path, [bytes('one '), new Uint8Array(), bytes('two')]);
    expect(written).toEqual({ bytes: 7, sha256: createHash('sha256').update('one two').digest('hex') });
    expect(readFileSync(path, 'utf8')).toBe('one two');
    expect(readdirSync(folder)).toEqual(['a.bin']);
  });

  test('a missing folder is named, and not made', () => {
    const path = join(folder, 'gone', 'x.json');
    expect(() => replaceAtomically(realFiles, path, '{}')).toThrow(
      expect.objectContaining({ code: 'runFolderLost', errno: 'ENOENT' }),
    );
    expect(readdirSync(folder)).toEqual([]);
  });

  test('writeNew refuses a file that is there', () => {
    writeFileSync(join(folder, 'x'), 'mine');
    expect(() => writeNew(realFiles, join(folder, 'x'), [bytes('other')])).toThrow('EEXIST');
    expect(readFileSync(join(folder, 'x'), 'utf8')).toBe('mine');
  });

  test('removeTree takes a link away, not what it points to', () => {
    const outside = join(folder, 'outside');
    realFiles.makeFolder(outside);
    writeFileSync(join(outside, 'keep'), 'me');
    realFiles.makeFolder(join(folder, 'tree'));
    realFiles.makeFolder(join(folder, 'tree', 'deep'));
    symlinkSync(outside, join(folder, 'tree', 'link'));
    removeTree(realFiles, join(folder, 'tree'));
    removeTree(realFiles, join(folder, 'never was'));
    expect(readdirSync(folder)).toEqual(['outside']);
    expect(readdirSync(outside)).toEqual(['keep']);
  });

  test('tells free space, and whether a path still names an open file', () => {
    expect(realFiles.freeBytes(folder)).toBeGreaterThan(0);
    const path = join(folder, 'x');
    const fd = realFiles.open(path, 'edit');
    expect(realFiles.sameFile(fd, path)).toBe(true);
    rmSync(path);
    expect(realFiles.sameFile(fd, path)).toBe(false);
    writeFileSync(path, 'another');
    expect(realFiles.sameFile(fd, path)).toBe(false);
    realFiles.close(fd);
  });
});

test.each([1, 2, 3, 6])('short writes of %i bytes give the whole file', (most) => {
  const files = new MemoryFiles();
  files.faults = { taken: () => most };
  expect(writeDurably(files, '/x', [bytes('abcd'), bytes('efg')]).bytes).toBe(7);
  expect(text(files, '/x')).toBe('abcdefg');
});

test('a disk that takes nothing is full, and the old file stays', () => {
  const files = new MemoryFiles();
  writeDurably(files, '/x', [bytes('old')]);
  let room = 2;
  files.faults = { taken: (length) => Math.min(length, room--) };
  expect(() => writeDurably(files, '/x', [bytes('newer')])).toThrow(expect.objectContaining({ code: 'diskFull' }));
  expect(files.list('/')).toEqual(['x']);
  expect(text(files, '/x')).toBe('old');
});

test('a file that is shorter in the end than what was taken is refused', () => {
  const files = new MemoryFiles();
  const lying: FilePort = Object.assign(files, { size: () => 3 });
  expect(() => writeDurably(lying, '/x', [bytes('abcd')])).toThrow('only 3 are there');
  expect(files.list('/')).toEqual([]);
});

test.each(['ENOSPC', 'EDQUOT', 'EIO', 'EROFS', 'EACCES', 'EMFILE'])(
  '%s at any action keeps the old file and names the path',
  (errno) => {
    for (let failing = 0; ; failing++) {
      const files = new MemoryFiles();
      writeDurably(files, '/x', [bytes('old')]);
      const start = files.actions.length;
      let hasFailed = false;
      const before = (index: number, action: string, path: string): void => {
        if (index !== start + failing || hasFailed) return;
        hasFailed = true;
        throw new FileFailure(action, path, errno);
      };
      files.faults = { before };
      try {
        writeDurably(files, '/x', [bytes('new')]);
        if (!hasFailed) return;
      } catch (error) {
        expect(error).toMatchObject({
          errno,
          code: errno === 'ENOSPC' || errno === 'EDQUOT' ? 'diskFull' : 'runFolderLost',
        });
        expect(String(error)).toMatch(/Could not \w+ \/\S*: .+ \(E\w+\)\./);
      }
      expect(files.openFiles).toBe(0);
      expect(files.list('/')).toEqual(['x']);
      expect(['old', 'new']).toContain(text(files, '/x'));
    }
  },
);

test('a file held by another program is tried again a few times', () => {
  const files = new MemoryFiles();
  files.put('/a', bytes('a'));
  let busy = 3;
  files.faults = {
    before: (_, action, path) => {
      if (action === 'rename' && busy-- > 0) throw new FileFailure('rename', path, 'EPERM');
    },
  };
  renameFile(files, '/a', '/b');
  expect(files.list('/')).toEqual(['b']);
  expect(files.actions.filter((action) => action === 'pause')).toHaveLength(3);
  busy = Infinity;
  expect(() => renameFile(files, '/b', '/c')).toThrow('EPERM');
});

test('reading is limited, and a file that ends early is told', () => {
  const files = new MemoryFiles();
  files.put('/x', bytes('abc'));
  expect(() => readWhole(files, '/x', 2)).toThrow('/x has 3 bytes; at most 2');
  const shrinking: FilePort = Object.assign(files, { size: () => 5 });
  expect(() => readWhole(shrinking, '/x', 9)).toThrow('/x ends at byte 3');
});

test('pieces stay below what Node writes at once, also beyond 4 GiB', () => {
  const files = new MemoryFiles();
  const sizes: number[] = [];
  let total = 0;
  const counting: FilePort = Object.assign(files, {
    write: (_: number, piece: Uint8Array, position: number) => {
      expect(position).toBe(total);
      sizes.push(piece.byteLength);
      total += piece.byteLength;
      return piece.byteLength;
    },
    size: () => total,
  });
  const untouched = { update: () => undefined, digest: () => 'none' };
  const big = new Uint8Array(2 ** 32);
  expect(writeDurably(counting, '/x', [big, big, new Uint8Array(1)], untouched).bytes).toBe(2 ** 33 + 1);
  expect(Math.max(...sizes)).toBe(2 ** 30);
});
