/** Which run a person means by what they type. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { locateRun } from '../../src/cli/locate.ts';
import { quietConsole } from '../support/quietConsole.ts';
import { makeRoot, started, stepped, WrittenRun } from '../extension/runFolders.ts';

const { root, remove } = makeRoot();
const console = quietConsole(root);
const folderOf = (name: string): string => join(root, '.valley', 'runs', name);

beforeAll(async () => {
  mkdirSync(join(root, '.vscode'));
  for (const [name, outcome] of [
    ['20260101-100000-a', 'stopped'],
    ['20260101-110000-a', 'finished'],
  ] as const) {
    const run = new WrittenRun(root, name, `${name}-0123abcd`).say(started, stepped(1));
    (await run.lease(null)).exit(outcome);
  }
});
afterAll(remove);

test('by path, by the beginning of the name, by the id', async () => {
  const folder = folderOf('20260101-100000-a');
  for (const word of [folder, '20260101-10', '20260101-100000-a', '20260101-100000-a-0123abcd'])
    expect(await locateRun(word, console), word).toBe(folder);
  await expect(locateRun('20260101', console)).rejects.toThrow('several runs');
  await expect(locateRun('20260101-100000-a-0123', console)).rejects.toThrow('no run');
});

test('“latest” is the newest of those that can be meant, else the newest', async () => {
  expect(await locateRun('latest', console)).toBe(folderOf('20260101-110000-a'));
  const meant = ({ status }: { readonly status: string }): boolean => status === 'stopped';
  expect(await locateRun('latest', console, { meant })).toBe(folderOf('20260101-100000-a'));
  expect(await locateRun('latest', console, { meant: () => false })).toBe(folderOf('20260101-110000-a'));
});

test('a workspace that lies in the folder is looked into as well', async () => {
  const name = '20260101-120000-b';
  const run = new WrittenRun(join(root, 'examples'), name, `${name}-0123abcd`).say(started, stepped(1));
  (await run.lease(null)).exit('finished');
  expect(await locateRun(name, console)).toBe(join(root, 'examples', '.valley', 'runs', name));
  expect(await locateRun('latest', console)).toBe(join(root, 'examples', '.valley', 'runs', name));
});
