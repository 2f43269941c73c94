import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  listCheckpoints,
  newestGoodCheckpoint,
  readCheckpoint,
  verifyCheckpoint,
} from '../../src/data/checkpointFolder.ts';
import { FileFailure } from '../../src/data/dataFailure.ts';
import type { CheckpointSaved } from '../../src/protocol/events.ts';
import { PINNED_MARKER } from '../../src/protocol/runFolder.ts';
import { removalsBy, type KeepingPolicy } from '../../src/trainer/keepingPolicy.ts';
import { buildFixture } from '../support/program.ts';
import { CHECKPOINTS, openStore, RUN, stateAt } from '../data/checkpoints.ts';
import { Killed, MemoryFiles, type PowerCut } from '../data/memoryFiles.ts';

const steps = (files: MemoryFiles): number[] => listCheckpoints(RUN, files).map(({ step }) => step);

/** A run in memory with good checkpoints of these steps, all safe on the disk. */
async function runWith(...saved: number[]): Promise<MemoryFiles> {
  const files = new MemoryFiles();
  files.put(join(RUN, '.valley-run'), Buffer.from('run-1'));
  const store = openStore(files, { keepLast: 100 });
  for (const step of saved) await store.save(stateAt(step), 'planned', null);
  return files.afterCrash('none');
}

describe('saving', () => {
  test('tells what was saved and what went', async () => {
    const files = await runWith(100, 200);
    const events = await openStore(files).save(stateAt(300), 'asked', 0.5);
    const bytes = listCheckpoints(RUN, files)[0]?.bytes;
    expect(events).toEqual([
      { type: 'checkpoint.saved', step: 300, checkpoint: 'step-00000300', bytes, cause: 'asked', best: true },
      { type: 'checkpoint.removed', step: 100, checkpoint: 'step-00000100', reason: 'policy' },
    ]);
    expect(files.list(CHECKPOINTS).toSorted()).toEqual(['step-00000200', 'step-00000300']);
    expect(files.openFiles).toBe(0);
  });

  test('reads the new one back before an old one is touched', async () => {
    const files = await runWith(100, 200);
    await openStore(files).save(stateAt(300), 'planned', null);
    const actions = files.actions;
    const lastRead = actions.findLastIndex((action) => action.startsWith('openRead') && action.includes('300.tmp-'));
    const published = actions.findIndex((action) => action === `rename ${CHECKPOINTS}/step-00000300`);
    const firstRemoval = actions.findIndex((action) => action.startsWith('rename') && action.includes('.gone-'));
    expect(lastRead).toBeGreaterThan(0);
    expect(published).toBeGreaterThan(lastRead);
    expect(firstRemoval).toBeGreaterThan(published);
  });

  test('the best one is told by score, also after a restart', async () => {
    const files = await runWith();
    const isBest = async (step: number, score: number | null): Promise<boolean> => {
      const [saved] = await openStore(files, { keepLast: 9 }).save(stateAt(step), 'planned', score);
      return (saved as CheckpointSaved).best;
    };
    expect([await isBest(1, null), await isBest(2, 0.5), await isBest(3, 0.25), await isBest(4, 0.5)]).toEqual([
      false,
      true,
      false,
      true,
    ]);
  });

  test('the same step twice leaves the new one, with the former score and pin', async () => {
    const files = await runWith(100);
    const store = openStore(files);
    await store.save(stateAt(200), 'planned', 0.75);
    files.put(join(CHECKPOINTS, 'step-00000200', PINNED_MARKER), new Uint8Array());
    await store.save(stateAt(200), 'stopping', null);
    expect(listCheckpoints(RUN, files)[0]).toMatchObject({ step: 200, pinned: true, manifest: { score: 0.75 } });
    expect(verifyCheckpoint(join(CHECKPOINTS, 'step-00000200'), files)).toEqual([]);
    await store.save({ ...stateAt(201), step: 200 }, 'planned', null);
    expect(listCheckpoints(RUN, files)[0]?.manifest.score).toBeNull();
    expect(files.list(CHECKPOINTS)).toHaveLength(2);
  });

  test.each([Number.NaN, Infinity, -Infinity])(
    'a state that holds %d is refused, and nothing is written',
    async (value) => {
      const files = await runWith(100);
      const start = files.actions.length;
      for (const part of ['weights', 'optimizer'] as const) {
        const state = stateAt(200);
        const [name = '', array] = Object.entries(state[part])[0] ?? [];
        if (array) array.values[4] = value;
        await expect(openStore(files).save(state, 'planned', null)).rejects.toMatchObject({
          code: 'diverged',
          message: expect.stringContaining(`${name}[4] is ${value}`),
        });
      }
      expect(files.actions.slice(start).filter((action) => /^(open|write) /.test(action))).toEqual([]);
      expect(steps(files)).toEqual([100]);
    },
  );

  test('a run folder that is gone is told, and not made again', async () => {
    const files = await runWith(100);
    const store = openStore(files);
    files.rename(RUN, '/runs/moved');
    expect(await store.save(stateAt(200), 'planned', null)).toMatchObject([{ type: 'log.written', level: 'warning' }]);
    await expect(store.save(stateAt(300), 'planned', null)).rejects.toMatchObject({ code: 'runFolderLost' });
    expect(files.list('/runs')).toEqual(['moved']);
  });
});

describe('the keeping policy', () => {
  const one = (step: number, score: number | null = null, isPinned = false, megabytes = 1) => ({
    name: `s${step}`,
    step,
    score,
    pinned: isPinned,
    bytes: megabytes * 1e6,
  });
  const plain = [one(1), one(2), one(3), one(4)];
  const scored = [one(1, 0.9), one(2, 0.5), one(3, 0.9), one(4, 0.1), one(5, 0.2)];
  const policy = (keepLast: number, keepBest: number, diskBudgetMB = 1000): KeepingPolicy => ({
    keepLast,
    keepBest,
    diskBudgetMB,
  });

  test.each<[string, KeepingPolicy, ReturnType<typeof one>[], string[]]>([
    ['the last two', policy(2, 0), plain, ['s2 policy', 's1 policy']],
    ['the last three', policy(3, 0), plain, ['s1 policy']],
    ['more than there are', policy(9, 9), plain, []],
    ['at least two, whatever is asked', policy(1, 0), plain, ['s2 policy', 's1 policy']],
    ['the best beside the newest, of equal ones the newer', policy(2, 1), scored, ['s2 policy', 's1 policy']],
    ['the best two', policy(2, 2), scored, ['s2 policy']],
    [
      'best counts beside the newest, not among them',
      policy(2, 1),
      [one(1, 0.1), one(2, 0.2), one(3, 0.9), one(4, 0.8)],
      ['s1 policy'],
    ],
    ['no score is no best', policy(2, 1), plain, ['s2 policy', 's1 policy']],
    ['pinned ones', policy(2, 0), [one(1, null, true), one(2), one(3), one(4)], ['s2 policy']],
    ['what fits the budget, the oldest go first', policy(4, 0, 3), plain, ['s1 diskBudget']],
    ['the newest two in any budget', policy(4, 0, 1), plain, ['s1 diskBudget', 's2 diskBudget']],
    ['best ones longer than others', policy(3, 2, 4), scored, ['s3 diskBudget']],
    ['pinned ones in any budget', policy(4, 0, 1), [one(1, null, true), one(2), one(3), one(4)], ['s2 diskBudget']],
    ['exactly the budget', policy(4, 0, 4), plain, []],
    ['the best of the best longest', policy(2, 2, 3), [one(1, 0.3), one(2, 0.9), one(3), one(4)], ['s1 diskBudget']],
  ])('keeps %s', (_, asked, candidates, gone) => {
    const removals = removalsBy(asked, candidates, `s${candidates.length}`);
    expect(removals.map(({ checkpoint, reason }) => `${checkpoint.name} ${reason}`)).toEqual(gone);
  });

  test('the one just written stays even if higher steps are there', () => {
    expect(removalsBy(policy(2, 0), plain, 's1').map(({ checkpoint }) => checkpoint.name)).toEqual(['s2']);
  });

  test('a damaged one does not count as one of two good ones', async () => {
    const files = await runWith(100, 200, 300);
    const path = join(CHECKPOINTS, 'step-00000300', 'model.safetensors');
    files.put(
      path,
      files.bytes(path).map((byte, index) => (index === 200 ? byte ^ 1 : byte)),
    );
    const events = await openStore(files).save(stateAt(400), 'planned', null);
    expect(events.slice(1)).toEqual([
      { type: 'checkpoint.removed', step: 100, checkpoint: 'step-00000100', reason: 'policy' },
      { type: 'checkpoint.removed', step: 300, checkpoint: 'step-00000300', reason: 'damaged' },
    ]);
    expect(steps(files)).toEqual([400, 200]);
  });

  test('nothing goes while it would leave fewer than two good ones', async () => {
    const files = await runWith(100, 200, 300);
    for (const step of [200, 300]) {
      files.put(join(CHECKPOINTS, `step-00000${step}`, 'config.json'), Buffer.from('{}'));
    }
    await openStore(files).save(stateAt(400), 'planned', null);
    expect(steps(files)).toEqual([400, 100]);
    expect(newestGoodCheckpoint(RUN, files).refused).toEqual([]);
  });

  test('pinned ones stay until the marker is taken away', async () => {
    const files = await runWith(100, 200);
    const store = openStore(files);
    const marker = join(CHECKPOINTS, 'step-00000100', PINNED_MARKER);
    files.put(marker, new Uint8Array());
    await store.save(stateAt(300), 'planned', null);
    expect(steps(files)).toEqual([300, 200, 100]);
    files.unlink(marker);
    await store.save(stateAt(400), 'planned', null);
    expect(steps(files)).toEqual([400, 300]);
  });
});

describe('a crash at any moment of a save', () => {
  const cuts: PowerCut[] = ['none', 'bytesLost', 'bytesHalved', 'namesLost', 'bothLost'];

  /** The disk as found after the save of a step was cut off behind each action that changes it in turn, and before the first. */
  async function* crashes(before: MemoryFiles, step: number, cut: PowerCut): AsyncGenerator<MemoryFiles> {
    const { actions } = await cutOff(before, step, Infinity);
    yield before.afterCrash(cut);
    for (const [index, action] of actions.entries()) {
      if (!/^(read|openRead) /.test(action)) yield (await cutOff(before, step, index + 1)).disk.afterCrash(cut);
    }
  }

  /** Saves a step on a copy of the disk, and dies after so many actions. */
  async function cutOff(
    before: MemoryFiles,
    step: number,
    count: number,
  ): Promise<{ disk: MemoryFiles; actions: string[] }> {
    const disk = before.afterCrash('none');
    const store = openStore(disk);
    const start = disk.actions.length;
    disk.faults = {
      before: (index) => {
        if (index >= start + count) throw new Killed();
      },
    };
    const ended = await store.save(stateAt(step), 'planned', null).catch((error: unknown) => error);
    expect(ended instanceof Killed || Array.isArray(ended)).toBe(true);
    return { disk, actions: disk.actions.slice(start) };
  }

  async function expectOldOrNew(files: MemoryFiles, old: number, next: number): Promise<number> {
    const { found, refused } = newestGoodCheckpoint(RUN, files);
    expect(refused).toEqual([]);
    expect([old, next]).toContain(found?.step);
    expect(readCheckpoint(found?.folder ?? '', files)).toEqual(stateAt(found?.step ?? -1));
    const store = openStore(files);
    expect(newestGoodCheckpoint(RUN, files).found?.step).toBe(found?.step);
    await store.save(stateAt(next + 100), 'planned', null);
    expect(readCheckpoint(join(CHECKPOINTS, `step-00000${next + 100}`), files)).toEqual(stateAt(next + 100));
    expect(files.list(CHECKPOINTS).filter((name) => !/^step-\d{8}$/.test(name))).toEqual([]);
    expect(files.list(CHECKPOINTS)).toHaveLength(2);
    return found?.step ?? -1;
  }

  test.each(cuts)('leaves the old or the new one (power cut: %s)', async (cut) => {
    const seen = new Set<number>();
    let crashesSeen = 0;
    for await (const files of crashes(await runWith(100, 200), 300, cut)) {
      seen.add(await expectOldOrNew(files, 200, 300));
      crashesSeen++;
    }
    expect([...seen]).toEqual([200, 300]);
    expect(crashesSeen).toBeGreaterThan(30);
  });

  test.each(cuts)('leaves the only one when its step is saved again (power cut: %s)', async (cut) => {
    for await (const files of crashes(await runWith(200), 200, cut)) {
      const { found } = newestGoodCheckpoint(RUN, files);
      expect(readCheckpoint(found?.folder ?? '', files)).toEqual(stateAt(200));
      openStore(files);
      expect(files.list(CHECKPOINTS)).toEqual(['step-00000200']);
      expect(verifyCheckpoint(join(CHECKPOINTS, 'step-00000200'), files)).toEqual([]);
    }
  });

  test('the first save of all leaves nothing or the new one', async () => {
    for await (const files of crashes(await runWith(), 100, 'bothLost')) {
      const { found, refused } = newestGoodCheckpoint(RUN, files);
      expect(refused).toEqual([]);
      if (found) expect(readCheckpoint(found.folder, files)).toEqual(stateAt(100));
    }
  });
});

describe('a disk that fails', () => {
  const errnos = ['ENOSPC', 'EDQUOT', 'EIO', 'EACCES', 'EROFS', 'EXDEV', 'EMFILE'];

  test.each(errnos)('%s at any action: old ones stay, the run is warned, the next save works', async (errno) => {
    let warnings = 0;
    for (let failing = 0; ; failing++) {
      const files = await runWith(100, 200);
      const store = openStore(files);
      const start = files.actions.length;
      let hasFailed = false;
      const before = (index: number, action: string, path: string): void => {
        if (index < start + failing || (hasFailed && index > start + failing + 3)) return;
        hasFailed = true;
        throw new FileFailure(action, path, errno);
      };
      files.faults = { before };
      const events = await store.save(stateAt(300), 'planned', null);
      files.faults = {};
      if (!hasFailed) break;
      const warning = events.find((event) => event.type === 'log.written');
      if (warning) expect(warning.message).toContain(`(${errno})`);
      warnings += Number(warning !== undefined);
      // A folder that already bears its name but may not survive a power cut is told as not saved.
      const possible = events[0]?.type === 'checkpoint.saved' ? [300] : [200, 300];
      expect(possible).toContain(newestGoodCheckpoint(RUN, files).found?.step);
      expect((await store.save(stateAt(400), 'planned', null))[0]).toMatchObject({
        type: 'checkpoint.saved',
        step: 400,
      });
      expect(readCheckpoint(join(CHECKPOINTS, 'step-00000400'), files)).toEqual(stateAt(400));
      expect(files.openFiles).toBe(0);
    }
    expect(warnings).toBeGreaterThan(20);
  });

  test.each<[string, (action: string, path: string) => boolean, boolean]>([
    [
      'cannot be published: the former one has its name again',
      (action, path) => action === 'rename' && path.endsWith('200'),
      false,
    ],
    [
      'cannot be tidied up after: it is saved all the same',
      (action, path) => action === 'unlink' && path.includes('.old-'),
      true,
    ],
  ])('the same step again %s', async (_, isAtFault, isSaved) => {
    const files = await runWith(100, 200);
    const store = openStore(files);
    let hasFailed = false;
    files.faults = {
      before: (_index, action, path) => {
        if (hasFailed || !isAtFault(action, path)) return;
        hasFailed = true;
        throw new FileFailure(action, path, 'EIO');
      },
    };
    const [event] = await store.save(stateAt(200), 'planned', 0.5);
    expect(hasFailed).toBe(true);
    expect(event?.type).toBe(isSaved ? 'checkpoint.saved' : 'log.written');
    expect(verifyCheckpoint(join(CHECKPOINTS, 'step-00000200'), files)).toEqual([]);
    expect(listCheckpoints(RUN, files)[0]?.manifest.score).toBe(isSaved ? 0.5 : null);
    openStore(files);
    expect(files.list(CHECKPOINTS).toSorted()).toEqual(['step-00000100', 'step-00000200']);
  });

  test.each([1, 7, 4095])('short writes of %i bytes give a whole checkpoint', async (most) => {
    const files = await runWith(100);
    files.faults = { taken: () => most };
    await openStore(files).save(stateAt(200), 'planned', null);
    expect(readCheckpoint(join(CHECKPOINTS, 'step-00000200'), files)).toEqual(stateAt(200));
  });

  test('a disk without room is seen before anything is written', async () => {
    const files = await runWith(100);
    files.faults = { freeBytes: () => 1e6 };
    const store = openStore(files);
    const start = files.actions.length;
    const [warning] = await store.save(stateAt(200), 'planned', null);
    expect(warning).toMatchObject({
      level: 'warning',
      message: expect.stringMatching(/needed, 1 MB free.*Free some space.*next save/),
    });
    expect(files.actions.slice(start).filter((action) => action.startsWith('write'))).toEqual([]);
    await expect(store.save(stateAt(300), 'planned', null)).rejects.toMatchObject({ code: 'diskFull' });
    files.faults = {};
    await store.save(stateAt(400), 'planned', null);
    files.faults = { freeBytes: () => 1e6 };
    expect(await store.save(stateAt(500), 'planned', null)).toMatchObject([{ type: 'log.written' }]);
  });

  test.each(['stopping', 'final'] as const)(
    'a failed %s save fails the run at once, as no other will follow',
    async (cause) => {
      const files = await runWith(100);
      files.faults = { freeBytes: () => 0 };
      await expect(openStore(files).save(stateAt(200), cause, null)).rejects.toMatchObject({ code: 'diskFull' });
      expect(steps(files)).toEqual([100]);
    },
  );

  test('a disk that changes what it was given is noticed before the old ones go', async () => {
    const files = await runWith(100, 200);
    const store = openStore(files);
    files.faults = {
      before: (_, action, path) => {
        if (action === 'openRead' && path.includes('.tmp-') && path.endsWith('model.safetensors')) {
          files.put(
            path,
            files.bytes(path).map((byte, index) => (index === 99 ? byte ^ 8 : byte)),
          );
        }
      },
    };
    const [warning] = await store.save(stateAt(300), 'planned', null);
    expect(warning).toMatchObject({ message: expect.stringContaining('model.safetensors is damaged') });
    expect(steps(files)).toEqual([200, 100]);
  });
});

describe('on real disks', () => {
  let root = '';
  let program = '';
  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'valley-store-'));
    program = await buildFixture('fillDisk');
  });
  afterAll(() => [root, program].forEach((path) => rmSync(path, { recursive: true })));

  const tmpfs = spawnSync('unshare', ['-rm', 'sh', '-c', 'mount -t tmpfs -o size=64k tmpfs /mnt'], {
    encoding: 'utf8',
  });
  const reason = tmpfs.status === 0 ? '' : `${tmpfs.error?.message ?? ''}${tmpfs.stderr ?? ''}`.trim();
  if (tmpfs.status !== 0)
    console.log(`not run: a real full disk, because no small tmpfs can be mounted here (${reason})`);

  test.runIf(tmpfs.status === 0)(
    'a full tmpfs: the old checkpoint stays, and the next save works once there is room',
    () => {
      const command = `mount -t tmpfs -o size=256k tmpfs "$1" && exec "$2" "$3" "$1/run"`;
      const disk = join(root, 'disk');
      mkdirSync(disk);
      const { status, stdout, stderr } = spawnSync(
        'unshare',
        ['-rm', 'sh', '-c', command, 'sh', disk, process.execPath, program],
        { encoding: 'utf8' },
      );
      expect(stderr).toBe('');
      expect(status).toBe(0);
      expect(JSON.parse(stdout)).toEqual({
        first: ['checkpoint.saved'],
        whileFull: ['log.written ENOSPC'],
        leftWhileFull: ['step-00000100'],
        secondFailure: 'diskFull',
        afterwards: ['checkpoint.saved'],
        good: 400,
      });
    },
  );

  test.runIf(process.platform !== 'win32')(
    'a limit on file size (short write, then EFBIG): the old checkpoint stays',
    () => {
      const command = `ulimit -f 8 && exec "$1" "$2" "$3"`;
      const run = join(root, 'limited');
      const { status, stdout, stderr } = spawnSync('bash', ['-c', command, 'bash', process.execPath, program, run], {
        encoding: 'utf8',
      });
      expect(stderr).toBe('');
      expect(status).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({
        first: ['checkpoint.saved'],
        whileFull: ['log.written EFBIG'],
        leftWhileFull: ['step-00000100'],
        secondFailure: 'diskFull',
        good: 400,
      });
      expect(readdirSync(join(run, 'checkpoints'))).toEqual(['step-00000100', 'step-00000400']);
    },
  );
});
