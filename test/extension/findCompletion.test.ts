import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { completionKey, findCompletion, namedBy } from '../../src/extension/findCompletion.ts';
import { completion, makeRoot, started, stepped, WrittenRun } from './runFolders.ts';

const { root, remove } = makeRoot();
afterAll(remove);

const sampled = (id: string, text: string) =>
  ({ type: 'completions.sampled', step: 50, purpose: 'training', completions: [{ ...completion(id), text }] }) as const;

test('a completion is found in the event list; of two with one id the newer', async () => {
  const run = new WrittenRun(root, 'continued').say(started, sampled('50-training-0', 'old'), stepped(51));
  run.say(sampled('50-training-1', 'other'), sampled('50-training-0', 'new'));
  expect((await findCompletion(run.folder, '50-training-0'))?.text).toBe('new');
  expect(await findCompletion(run.folder, '50-training-2')).toBeNull();
});

test('a completion of an evaluation is found in the file that the run has named', async () => {
  const run = new WrittenRun(root, 'evaluated').say(started);
  mkdirSync(join(run.folder, 'samples'));
  const file = 'addition-3-00000050.jsonl';
  writeFileSync(join(run.folder, 'samples', file), `${JSON.stringify(completion('50-evaluation-7'))}\n`);
  expect(await findCompletion(run.folder, '50-evaluation-7')).toBeNull();
  run.say({ type: 'samples.written', file, step: 50, benchmark: 'addition-3', count: 1 });
  expect(await findCompletion(run.folder, '50-evaluation-7')).toEqual(completion('50-evaluation-7'));
});

test('a key is read back, whatever stands in the name of a benchmark', () => {
  const runs = [{ id: 'run-10' }, { id: 'run-1' }];
  for (const run of runs)
    for (const id of ['0-evaluation-my bench-3', '50-training-0', ' 7 % '])
      expect(namedBy(completionKey(run, id), runs)).toEqual({ run, id });
  expect(namedBy(completionKey({ id: 'gone' }, 'x'), runs)).toBeNull();
});

test('a folder that is gone has none', async () => {
  expect(await findCompletion(join(root, 'gone'), '1-training-0')).toBeNull();
});
