/** `valley suggest` as a real process on a ladder that was made up: its reasons, its diff, and the configs that it writes. */
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import { parseConfig } from '../../src/config/parseConfig.ts';
import { RUN_FOLDER } from '../../src/protocol/runFolder.ts';
import { completion, makeRoot, started, WrittenRun } from '../extension/runFolders.ts';
import { buildPrograms } from '../support/build.ts';
import { madeLadder } from '../support/madeLadder.ts';

const { root, remove } = makeRoot();
afterAll(remove);

const text = readFileSync('examples/ladder/small-machine.valley.jsonc', 'utf8');

async function ladderRun(): Promise<string> {
  const sizes = [64, 256, 1024, 4096];
  const truths = [0.35, 0.45, 0.6, 0.7].map(
    (accuracy, at) => ({ stage: 'sft', size: sizes[at] ?? 0, accuracy }) as const,
  );
  const base = { stage: 'base', size: 0, accuracy: 0.6 } as const;
  const ladder = madeLadder({ truths: [base, ...truths], seeds: 2, apart: 0.02, problems: 400, draw: 4 });
  const completions = { file: 'made.jsonl', count: 1 };
  const run = new WrittenRun(root, 'ladder')
    .say({ ...started, recipe: 'ladder' }, { type: 'ladder.planned', plan: ladder.plan })
    .say(
      ...ladder.cells.flatMap(({ result }) =>
        result ? [{ type: 'cell.finished', result: { ...result, completions }, seconds: 1 } as const] : [],
      ),
    );
  await run.lease(null);
  mkdirSync(join(run.folder, RUN_FOLDER.samples));
  writeFileSync(join(run.folder, RUN_FOLDER.samples, completions.file), `${JSON.stringify(completion('one'))}\n`);
  writeFileSync(join(run.folder, RUN_FOLDER.config), text);
  const parsed = parseConfig(text, 'x');
  writeFileSync(join(run.folder, RUN_FOLDER.resolvedConfig), JSON.stringify(parsed.ok ? parsed.config : null));
  return run.exit('finished').folder;
}

test('a ladder becomes a diff with reasons, and a config that can be run', async () => {
  const { cli } = await buildPrograms();
  const folder = await ladderRun();
  const out = join(root, 'next.valley.jsonc');
  const env = { ...process.env, LANG: 'en_US.UTF-8', LC_ALL: 'en_US.UTF-8' };
  const told = await promisify(execFile)(process.execPath, [cli, 'suggest', folder, '--out', out], { env });
  expect(told.stdout).toContain('Take more data: the next size is 8,192 examples.');
  expect(told.stdout).toContain('-  "sizes": [64, 256, 1024, 4096],\n');
  expect(told.stdout).toContain('+  "sizes": [64, 256, 1024, 4096, 8192],\n');
  expect(told.stderr).toContain('valley run next.valley.jsonc');
  const written = parseConfig(readFileSync(out, 'utf8'), out);
  expect(written.ok && written.config).toMatchObject({ recipe: 'ladder', sizes: [64, 256, 1024, 4096, 8192] });
});
