import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  listCheckpoints,
  newestGoodCheckpoint,
  readCheckpoint,
  readModel,
  resolveCheckpoint,
  verifyCheckpoint,
} from '../../src/data/checkpointFolder.ts';
import { ADAPTER_FILES, CHECKPOINT_FILES, decodeManifest, encodeManifest } from '../../src/data/checkpointManifest.ts';
import type { CheckpointManifest } from '../../src/protocol/runFolder.ts';
import { english } from '../../src/protocol/sentence.ts';
import { adaptedStateAt, CHECKPOINTS, openStore, RUN, stateAt } from './checkpoints.ts';
import { MemoryFiles } from './memoryFiles.ts';

/** A run with good checkpoints of steps 100 and 200, in memory. */
async function goodRun(): Promise<MemoryFiles> {
  const files = new MemoryFiles();
  files.put(join(RUN, '.valley-run'), Buffer.from('run-1'));
  const store = openStore(files);
  await store.save(stateAt(100), 'planned', 0.5);
  await store.save(stateAt(200), 'planned', 0.75);
  return files;
}

const OLD = join(CHECKPOINTS, 'step-00000100');
const NEW = join(CHECKPOINTS, 'step-00000200');

function change(files: MemoryFiles, path: string, edit: (bytes: Uint8Array) => Uint8Array): void {
  files.put(path, edit(files.bytes(path).slice()));
}

const flip = (at: number, bit: number) => (bytes: Uint8Array) => {
  bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
  return bytes;
};

test('reads back exactly what was saved', async () => {
  const files = await goodRun();
  expect(readCheckpoint(NEW, files)).toEqual(stateAt(200));
  const { config, tokenizer, weights } = stateAt(100);
  expect(readModel(OLD, files)).toEqual({ config, tokenizer, weights });
  expect(files.openFiles).toBe(0);
});

test('lists checkpoints newest first with score, size and pin', async () => {
  const files = await goodRun();
  files.put(join(OLD, 'pinned'), new Uint8Array());
  expect(
    listCheckpoints(RUN, files).map(({ name, step, pinned, manifest }) => [name, step, pinned, manifest.score]),
  ).toEqual([
    ['step-00000200', 200, false, 0.75],
    ['step-00000100', 100, true, 0.5],
  ]);
  expect(verifyCheckpoint(OLD, files)).toEqual([]);
});

describe('with adapters', () => {
  const run = async (): Promise<MemoryFiles> => {
    const files = new MemoryFiles();
    files.put(join(RUN, '.valley-run'), Buffer.from('run-1'));
    const store = openStore(files);
    for (const step of [100, 200]) await store.save(adaptedStateAt(step), 'planned', null);
    return files;
  };

  test('reads back exactly what was saved; the model alone is the merged one', async () => {
    const files = await run();
    expect(readCheckpoint(NEW, files)).toEqual(adaptedStateAt(200));
    const { config, tokenizer, weights } = stateAt(200);
    expect(readModel(NEW, files)).toEqual({ config, tokenizer, weights });
  });

  test.each(Object.values(ADAPTER_FILES))('%s damaged or gone: the checkpoint is passed over', async (name) => {
    const damaged = await run();
    change(damaged, join(NEW, name), flip(2, 3));
    expect(newestGoodCheckpoint(RUN, damaged)).toMatchObject({
      found: { step: 100 },
      refused: [{ problems: [{ args: expect.arrayContaining([expect.stringContaining(name)]) }] }],
    });
    const gone = await run();
    gone.unlink(join(NEW, name));
    expect(newestGoodCheckpoint(RUN, gone).found?.step).toBe(100);
  });
});

describe('one flipped bit is refused by the name of the file', () => {
  test.each([...Object.values(CHECKPOINT_FILES), 'manifest.json'])('%s', async (name) => {
    const files = await goodRun();
    const path = join(NEW, name);
    const good = files.bytes(path);
    for (let at = 0; at < good.byteLength; at++) {
      files.put(path, flip(at, at % 8)(good.slice()));
      expect(verifyCheckpoint(NEW, files).map(english).join(), `byte ${at}`).toContain(name);
    }
    const { found, refused } = newestGoodCheckpoint(RUN, files);
    expect(found?.step).toBe(100);
    expect(refused.map((one) => [one.name, ...one.problems.map(english)])).toEqual([
      ['step-00000200', expect.stringContaining(name)],
    ]);
    if (name !== 'optimizer.safetensors' && name !== 'state.json') expect(() => readModel(NEW, files)).toThrow(name);
    expect(() => readCheckpoint(NEW, files)).toThrow(name);
  });
});

describe('other damage', () => {
  const damages: Record<string, (bytes: Uint8Array) => Uint8Array> = {
    'one byte shorter': (bytes) => bytes.subarray(0, -1),
    'one byte longer': (bytes) => Uint8Array.from([...bytes, 0]),
    empty: () => new Uint8Array(),
    zeros: (bytes) => bytes.map(() => 0),
  };
  const cases = [...Object.values(CHECKPOINT_FILES), 'manifest.json'].flatMap((name) =>
    Object.keys(damages).map((damage) => [name, damage] as const),
  );
  test.each(cases)('%s: %s', async (name, damage) => {
    const files = await goodRun();
    change(files, join(NEW, name), damages[damage] ?? (() => new Uint8Array()));
    expect(verifyCheckpoint(NEW, files).map(english).join()).toContain(name);
    expect(newestGoodCheckpoint(RUN, files).found?.step).toBe(100);
  });

  test.each([...Object.values(CHECKPOINT_FILES), 'manifest.json'])(
    '%s missing, or replaced by the older one',
    async (name) => {
      const files = await goodRun();
      const older = files.bytes(join(OLD, name));
      const wasEqual = Buffer.compare(older, files.bytes(join(NEW, name))) === 0;
      files.put(join(NEW, name), older);
      expect(verifyCheckpoint(NEW, files).length).toBe(wasEqual ? 0 : 1);
      files.unlink(join(NEW, name));
      expect(verifyCheckpoint(NEW, files).map(english).join()).toContain(name);
      expect(newestGoodCheckpoint(RUN, files).found?.step).toBe(100);
    },
  );

  test('no good checkpoint at all is told with every reason', async () => {
    const files = await goodRun();
    files.unlink(join(OLD, 'state.json'));
    files.unlink(join(NEW, 'config.json'));
    expect(() => resolveCheckpoint(RUN, files)).toThrow(
      /step-00000200: config.json is missing.*step-00000100: state.json/,
    );
  });
});

describe('the manifest', () => {
  const manifest: CheckpointManifest = {
    v: 1,
    runId: 'r',
    step: 5,
    time: 1,
    configHash: 'c',
    files: Object.values(CHECKPOINT_FILES).map((name) => ({ name, bytes: 1, sha256: '0'.repeat(64) })),
    score: null,
  };
  const [first, ...others] = manifest.files;

  test('is read back', () => expect(decodeManifest(encodeManifest(manifest))).toEqual(manifest));
  test.each<[string, object, string]>([
    ['of a newer version', { v: 2 }, 'newer version (2)'],
    ['with a step that is no count', { step: -1 }, 'wrong type'],
    ['with a huge step', { step: 2 ** 60 }, 'wrong type'],
    ['without files', { files: [] }, 'wrong type'],
    ['with a file too many', { files: [...manifest.files, { ...first, name: '../x' }] }, 'wrong type'],
    ['with a path outside', { files: [{ ...first, name: '../../config.json' }, ...others] }, 'wrong type'],
    ['with a file twice', { files: [others[0], ...others] }, 'wrong type'],
    ['with a negative size', { files: [{ ...first, bytes: -1 }, ...others] }, 'wrong type'],
    ['with a short hash', { files: [{ ...first, sha256: 'abc' }, ...others] }, 'wrong type'],
    ['with a score that is text', { score: '1' }, 'wrong type'],
  ])('%s is refused', (_, members, reason) => {
    const refused = decodeManifest(encodeManifest({ ...manifest, ...members }));
    expect('text' in refused && english(refused)).toContain(reason);
  });

  test('of another step than the folder name says is refused', async () => {
    const files = await goodRun();
    files.rename(NEW, join(CHECKPOINTS, 'step-00000300'));
    const { found, refused } = newestGoodCheckpoint(RUN, files);
    expect(found?.step).toBe(100);
    expect(refused[0]?.problems.map(english)).toEqual([expect.stringContaining('step 200')]);
  });
});

describe('on a real disk', () => {
  let root = '';
  let run = '';
  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'valley-checkpoints-'));
    run = join(root, 'run');
    mkdirSync(run);
    const store = openStore(undefined, {}, run);
    await store.save(stateAt(100), 'planned', null);
    await store.save(stateAt(200), 'planned', null);
  });
  afterAll(() => rmSync(root, { recursive: true }));

  test('a path may be a checkpoint or a run, and nothing else', () => {
    expect(resolveCheckpoint(run)).toBe(join(run, 'checkpoints', 'step-00000200'));
    expect(resolveCheckpoint(join(run, 'checkpoints', 'step-00000100'))).toMatch(/100$/);
    expect(() => resolveCheckpoint(root)).toThrow(expect.objectContaining({ code: 'badCheckpoint' }));
    expect(() => resolveCheckpoint(join(root, 'nowhere'))).toThrow('neither a checkpoint nor a run folder');
    expect(readCheckpoint(resolveCheckpoint(run))).toEqual(stateAt(200));
  });

  test('a thousand junk folders, links and files do not hide the right one', () => {
    const folder = join(run, 'checkpoints');
    const junk = [
      'latest',
      'step-99999999999999999999',
      'step-1',
      'STEP-00000900',
      'step-00000900.tmp-ab',
      'step-00000900 (1)',
      '..x',
    ];
    for (const name of junk) mkdirSync(join(folder, name));
    for (let i = 0; i < 1000; i++) mkdirSync(join(folder, `step-${String(10_000 + i).padStart(8, '0')}`));
    writeFileSync(join(folder, 'step-00020000'), 'a file');
    symlinkSync(join(folder, 'step-00000100'), join(folder, 'step-00030000'));
    mkdirSync(join(folder, 'step-00040000'));
    mkdirSync(join(folder, 'step-00040000', 'manifest.json'));
    symlinkSync('/dev/zero', join(folder, 'step-00019999'));
    mkdirSync(join(folder, 'step-00050000'));
    symlinkSync('/dev/zero', join(folder, 'step-00050000', 'manifest.json'));
    const { found, refused } = newestGoodCheckpoint(run);
    expect(found?.step).toBe(200);
    expect(refused).toHaveLength(1005);
    expect(listCheckpoints(run).map(({ step }) => step)).toEqual([200, 100]);
  });
});
