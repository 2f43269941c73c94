/** What `valley evaluate` refuses to measure of a run of rows. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { evaluate } from '../../src/cli/commands/evaluate.ts';
import { sftConfig } from '../../src/config/schema.ts';
import { RUN_FOLDER } from '../../src/protocol/runFolder.ts';
import { quietConsole } from '../support/quietConsole.ts';
import { makeRoot, started, WrittenRun } from '../extension/runFolders.ts';

const { root, remove } = makeRoot();
afterAll(remove);
const console = quietConsole(root);

/** The folder of a run of `data` that measured 20 problems by the seed 5. */
function runOf(name: string, data: object): string {
  const { folder } = new WrittenRun(root, name).say(started);
  const config = sftConfig.parse({
    recipe: 'sft',
    model: { path: 'model' },
    data,
    evaluation: { seed: 5, problems: 20 },
  });
  writeFileSync(join(folder, RUN_FOLDER.resolvedConfig), JSON.stringify(config));
  return folder;
}

/** `--out` names a folder that is there, so that what is not refused before never starts. */
const asked = (run: string, options: Readonly<Record<string, string>>): Promise<number> =>
  evaluate({ command: 'evaluate', words: [run], options: { ...options, out: '.' } }, console);

test('rows that the run has learned, by seed or by number; fewer are fine, and so are problems of a task', async () => {
  const rows = runOf('rows', { path: 'rows.jsonl' });
  const learned = 'Of its rows the run holds out 20 problems by the seed 5';
  await expect(asked(rows, { seed: '6' })).rejects.toThrow(learned);
  await expect(asked(rows, { problems: '21' })).rejects.toThrow(learned);
  const goesOn = 'something is already there';
  await expect(asked(rows, { problems: '20', seed: '5' })).rejects.toThrow(goesOn);
  await expect(asked(runOf('task', { problems: 100 }), { problems: '21', seed: '6' })).rejects.toThrow(goesOn);
});

test('every row may be measured of a file that was never trained on', async () => {
  const like = { recipe: 'evaluate', model: { checkpoint: 'x' }, data: { path: 'rows.jsonl', split: 'all' } };
  writeFileSync(join(root, 'all.valley.jsonc'), JSON.stringify(like));
  writeFileSync(join(root, 'rows.jsonl'), '');
  const run = runOf('other', { path: 'rows.jsonl' });
  await expect(asked(run, { config: 'all.valley.jsonc', seed: '6', problems: '900' })).rejects.toThrow(
    'something is already there',
  );
});

test('published benchmarks are named one by one; another name, or a config beside them, is refused', async () => {
  const run = runOf('benchmarked', { path: 'rows.jsonl' });
  const goesOn = 'something is already there';
  await expect(asked(run, { benchmarks: 'math-500=a.jsonl, aime-2024' })).rejects.toThrow(goesOn);
  await expect(asked(run, { benchmarks: 'math-501' })).rejects.toThrow(
    '--benchmarks: math-501 is none; known are math-500',
  );
  await expect(asked(run, { benchmarks: 'gsm8k', config: 'all.valley.jsonc' })).rejects.toThrow('without --config');
});
