import { rmSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { RunRegistry } from '../../src/extension/runRegistry.ts';
import type { RunChange } from '../../src/extension/runWatcher.ts';
import { completion, evaluated, idleProcess, makeRoot, started, stepped, until, WrittenRun } from './runFolders.ts';

const cleaning: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleaning.splice(0).toReversed()) await clean();
});

function fixture(): { readonly root: string; readonly registry: RunRegistry } {
  const { root, remove } = makeRoot();
  const registry = new RunRegistry(100);
  cleaning.push(remove, () => registry.dispose());
  return { root, registry };
}

async function liveRun(root: string): Promise<{ run: WrittenRun; end: () => Promise<void> }> {
  const child = idleProcess();
  cleaning.push(() => child.end());
  const run = await new WrittenRun(root, '20260101-000000-live').say(started, stepped(1)).lease(child.pid);
  return { run, end: child.end };
}

test('finds what lies in all workspace folders, newest first', async () => {
  const { root, registry } = fixture();
  const other = makeRoot();
  cleaning.push(other.remove);
  (await new WrittenRun(root, '20260101-000000-a').say(started, stepped(100), evaluated).lease(null)).say({
    type: 'run.finished',
    reason: 'completed',
  });
  await new WrittenRun(other.root, '20260102-000000-b').say(started, stepped(9)).lease(null);
  await registry.setRoots([root, other.root]);
  expect(registry.runs.map(({ id, status }) => [id, status])).toEqual([
    ['id-20260102-000000-b', 'lost'],
    ['id-20260101-000000-a', 'finished'],
  ]);
  expect(registry.runs[1]?.summary.headline?.value).toBe(0.948);
});

test('a run at work is found again with all it has said, and followed', async () => {
  const { root, registry } = fixture();
  const { run } = await liveRun(root);
  await registry.setRoots([root]);
  const [found] = registry.runs;
  await until(() => found?.state !== null, 'the first reading');
  expect(found).toMatchObject({ status: 'running', state: { step: 1, name: '3-digit chains' } });
  const changes: RunChange[] = [];
  found?.onDidChange.add((change) => changes.push(change));
  run.say(stepped(2), {
    type: 'completions.sampled',
    step: 2,
    purpose: 'training',
    completions: [completion('2-training-0')],
  });
  await until(() => found?.state?.completions.length === 1, 'the completion');
  expect(changes.flatMap((change) => (change.type === 'events' ? change.events : [])).map(({ seq }) => seq)).toEqual([
    2, 3,
  ]);
});

test('a killed trainer is told as lost, once', async () => {
  const { root, registry } = fixture();
  const { end } = await liveRun(root);
  const ended: string[] = [];
  registry.onDidEnd.add((run) => ended.push(run.status));
  await registry.setRoots([root]);
  expect(registry.runs[0]?.isLive).toBe(true);
  await end();
  await until(() => ended.length > 0, 'the end');
  await registry.runs[0]?.look();
  expect(ended).toEqual(['lost']);
});

test('a run that ended in order is told with its own words', async () => {
  const { root, registry } = fixture();
  const { run, end } = await liveRun(root);
  const ended: string[] = [];
  registry.onDidEnd.add(({ status }) => ended.push(status));
  await registry.setRoots([root]);
  run.say({ type: 'run.finished', reason: 'stopped' }).exit('stopped');
  await end();
  await until(() => ended.length > 0, 'the end');
  expect(ended).toEqual(['stopped']);
});

test('a run that starts or is removed elsewhere appears and vanishes', async () => {
  const { root, registry } = fixture();
  await registry.setRoots([root]);
  expect(registry.runs).toHaveLength(0);
  const { run } = await liveRun(root);
  await until(() => registry.runs.length === 1, 'the new run');
  rmSync(run.folder, { recursive: true });
  await until(() => registry.runs.length === 0, 'its removal');
});

test('a copied run folder is a run of its own', async () => {
  const { root, registry } = fixture();
  for (const name of ['a', 'b']) (await new WrittenRun(root, name, 'same').say(started).lease(null)).exit('stopped');
  await registry.setRoots([root]);
  expect(new Set(registry.runs.map(({ id }) => id)).size).toBe(2);
  expect(registry.runs.map(({ summary }) => summary.runId)).toEqual(['same', 'same']);
});

test('a replaced event list is read anew', async () => {
  const { root, registry } = fixture();
  const { run } = await liveRun(root);
  await registry.setRoots([root]);
  const found = registry.runs[0];
  await until(() => found?.state?.step === 1, 'the first reading');
  rmSync(`${run.folder}/events.jsonl`);
  new WrittenRun(root, '20260101-000000-live').say({ ...started, name: 'another' }, stepped(7));
  await until(() => found?.state?.step === 7, 'the second reading');
  expect(found?.state?.name).toBe('another');
});
