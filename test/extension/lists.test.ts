import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { listCheckpoints } from '../../src/extension/checkpointList.ts';
import { checkpointItems, configItems, runItems, type FoundConfig } from '../../src/extension/pickItems.ts';
import { readSamples } from '../../src/extension/sampleFile.ts';
import { sayIn } from '../../src/extension/say.ts';
import { parseConfig } from '../../src/config/parseConfig.ts';
import { checkpointName } from '../../src/protocol/runFolder.ts';
import { summarize } from '../../src/runs/listRuns.ts';
import { completion, evaluated, makeRoot, started, WrittenRun } from './runFolders.ts';

const say = sayIn({});
const { root, remove } = makeRoot();
afterAll(remove);

const found = (path: string, name: string, text: string, isActive = false): FoundConfig => ({
  path,
  name,
  root: '/folder',
  parsed: parseConfig(text, path),
  isActive,
});

test('configs: the active one first, then by path; wrong ones are marked, the last result is said', async () => {
  const run = await new WrittenRun(root, 'done')
    .say(started, evaluated, { type: 'run.finished', reason: 'completed' })
    .lease(null);
  const summary = await summarize(run.exit('finished').folder);
  if (summary === null) throw new Error('The run was not found.');
  const shown = { summary: { ...summary, configPath: '/folder/b/b.valley.jsonc' }, state: null };
  const items = configItems(
    [
      found('/folder/c.valley.jsonc', 'c', '{ "recipe": "sft" }', true),
      found('/folder/b/b.valley.jsonc', 'the b', '{ "recipe": "sft" }'),
      found('/folder/a.valley.jsonc', 'a', '{ "recipe": "sft", "sed": 1 }'),
    ],
    [shown],
    say,
  );
  expect(items.map(({ label }) => label)).toEqual(['$(play) c', '$(error) a', '$(play) the b']);
  expect(items[1]?.description).toBe('1 problem');
  expect(items[2]?.description).toMatch(/^sft · /);
  expect(items[2]?.detail).toBe('folder/b · last: 94.8 % ±2.1 (n 400)');
  expect(runItems([shown], say)[0]?.label).toBe('$(pass) sft · 3-digit chains');
});

function writeCheckpoint(folder: string, step: number, score: number | null): string {
  const path = join(folder, 'checkpoints', checkpointName(step));
  mkdirSync(path, { recursive: true });
  const manifest = {
    v: 1,
    runId: 'x',
    step,
    time: 5,
    configHash: '',
    files: [{ name: 'm', bytes: 3_000_000, sha256: '' }],
    score,
  };
  writeFileSync(join(path, 'manifest.json'), JSON.stringify(manifest));
  return path;
}

test('checkpoints: newest first, whole ones only, best and pinned marked', async () => {
  const { folder } = new WrittenRun(root, 'with-checkpoints');
  writeCheckpoint(folder, 100, 0.9);
  writeFileSync(join(writeCheckpoint(folder, 200, 0.8), 'pinned'), '');
  writeFileSync(join(writeCheckpoint(folder, 300, null), 'manifest.json'), '{"step": 300, "fi');
  mkdirSync(join(folder, 'checkpoints', 'tmp-1'));
  const checkpoints = await listCheckpoints(folder);
  expect(checkpoints.map(({ step, pinned, bytes }) => [step, pinned, bytes])).toEqual([
    [200, true, 3_000_000],
    [100, false, 3_000_000],
  ]);
  expect(checkpointItems(checkpoints, say).map(({ description }) => description)).toEqual([
    '80.0 % · pinned · 3.0 MB',
    '90.0 % · best · 3.0 MB',
  ]);
  expect(await listCheckpoints(join(root, 'nowhere'))).toEqual([]);
});

test('samples: whole lines are read, damaged ones are counted, files elsewhere are refused', async () => {
  const { folder } = new WrittenRun(root, 'with-samples');
  mkdirSync(join(folder, 'samples'));
  const lines = [JSON.stringify(completion('a')), '{"id": 7}', JSON.stringify(completion('b')), '{"torn'];
  writeFileSync(join(folder, 'samples', 'bench.jsonl'), lines.join('\n'));
  const read = await readSamples(folder, 'bench.jsonl', say);
  expect(read.completions.map(({ id }) => id)).toEqual(['a', 'b']);
  expect(read.problem).toBe('2 lines of bench.jsonl are damaged.');
  writeFileSync(join(folder, 'secret.jsonl'), JSON.stringify(completion('secret')));
  symlinkSync(join(folder, 'secret.jsonl'), join(folder, 'samples', 'link.jsonl'));
  for (const file of ['../secret.jsonl', 'link.jsonl', '/etc/passwd', 'none.jsonl']) {
    const refused = await readSamples(folder, file, say);
    expect(refused.completions).toEqual([]);
    expect(refused.problem).toContain('cannot be read');
  }
});
