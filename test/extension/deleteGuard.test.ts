import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { whyNotDelete } from '../../src/extension/deleteGuard.ts';
import { sayIn } from '../../src/extension/say.ts';
import { makeRoot, WrittenRun } from './runFolders.ts';

const { root, remove } = makeRoot();
const elsewhere = makeRoot();
const say = sayIn({});
const run = new WrittenRun(root, 'one');
const runs = dirname(run.folder);
const why = (folder: string): Promise<string | null> => whyNotDelete(folder, runs, say);

beforeAll(() => {
  const foreign = new WrittenRun(elsewhere.root, 'two');
  symlinkSync(foreign.folder, join(runs, 'link'));
  mkdirSync(join(runs, 'unmarked'));
  mkdirSync(join(run.folder, 'checkpoints', 'step-00000001'), { recursive: true });
  writeFileSync(join(runs, 'file'), '');
});
afterAll(() => {
  remove();
  elsewhere.remove();
});

test('a marked run folder among the runs may go', async () => {
  expect(await why(run.folder)).toBeNull();
});

test.each([
  ['a link to a run elsewhere', join(runs, 'link'), /link or no folder/],
  ['a file', join(runs, 'file'), /link or no folder/],
  ['a folder without our marker', join(runs, 'unmarked'), /no marker/],
  ['the folder of all runs', runs, /does not lie directly/],
  ['a folder inside a run', join(run.folder, 'checkpoints'), /does not lie directly/],
  ['the workspace', root, /does not lie directly/],
  ['a way out', join(runs, '..', '..'), /does not lie directly/],
  ['what is not there', join(runs, 'gone'), /gone already/],
])('%s stays', async (_, folder, reason) => {
  expect(await why(folder)).toMatch(reason);
});

test('a run of another workspace stays, even with a marker', async () => {
  expect(await why(join(elsewhere.root, '.valley', 'runs', 'two'))).toMatch(/does not lie directly/);
});

test('runs under a linked folder are judged by where they really lie', async () => {
  const link = join(elsewhere.root, 'linked-runs');
  symlinkSync(runs, link);
  expect(await whyNotDelete(join(link, 'one'), runs, say)).toBeNull();
  rmSync(link);
});
