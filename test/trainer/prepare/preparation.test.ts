import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { prepareConfig } from '../../../src/config/prepareSchema.ts';
import { realFiles } from '../../../src/data/files.ts';
import type { PrepareDeps } from '../../../src/engine/recipes/prepareDeps.ts';
import { Preparation } from '../../../src/trainer/prepare/preparation.ts';
import { parquetApart } from '../../../src/trainer/prepare/parquetApart.ts';
import type { RowsPrograms } from '../../../src/trainer/prepare/rowsMessages.ts';
import { readingOf } from '../../../src/trainer/prepare/sources.ts';
import { buildPrograms } from '../../support/build.ts';

const folder = mkdtempSync(join(tmpdir(), 'valley-preparation-'));
const cacheFolder = join(folder, '.valley', 'cache', 'rows');
let programs: RowsPrograms;

beforeAll(async () => {
  const { rowsThread, parquetProcess, template, gradingProcess } = await buildPrograms();
  programs = {
    thread: pathToFileURL(rowsThread),
    parquet: pathToFileURL(parquetProcess),
    template: pathToFileURL(template),
    grading: pathToFileURL(gradingProcess),
  };
});
afterAll(() => rmSync(folder, { recursive: true }));

const writeRows = (rows: readonly object[]): void =>
  writeFileSync(join(folder, 'rows.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));

async function withPreparation(use: (deps: PrepareDeps, runFolder: string) => Promise<void>): Promise<void> {
  const runFolder = mkdtempSync(join(folder, 'run-'));
  const config = prepareConfig.parse({ recipe: 'prepare', threads: 1, sources: [{ path: 'rows.jsonl' }] });
  const configPath = join(folder, 'a.valley.jsonc');
  const preparation = new Preparation({ config, configPath, runFolder, cacheFolder, files: realFiles, programs });
  try {
    await use(await preparation.deps({ now: () => 0, takeRequests: () => [] }), runFolder);
  } finally {
    preparation.close();
  }
}

async function readAll(deps: PrepareDeps, each = (): void => undefined): Promise<void> {
  for await (const read of deps.read()) if (read.type === 'opened') each();
}

test('a source that is written while it is read is refused, and nothing of it is kept', async () => {
  writeRows([{ text: 'before' }]);
  await withPreparation(async (deps) => {
    await expect(readAll(deps, () => writeRows([{ text: 'afterwards' }]))).rejects.toMatchObject({
      code: 'badDataset',
      message: 'rows.jsonl changed while it was read.',
    });
  });
  expect(readdirSync(cacheFolder)).toEqual([]);
  await withPreparation((deps) => readAll(deps));
  expect(readdirSync(cacheFolder)).toHaveLength(1);
});

test('plain text is written as text, and read again without a word about format and columns', async () => {
  const rows = [{ text: 'Once upon a time.' }, { text: 'And then it recovered.' }];
  writeRows(rows);
  await withPreparation(async (deps, runFolder) => {
    await readAll(deps);
    const { file } = await deps.write('all', Uint32Array.of(0, 1));
    const path = join(runFolder, file);
    expect(
      readFileSync(path, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as object),
    ).toEqual(rows);
    const { format } = await readingOf(path, { format: 'auto', columns: {} }, parquetApart(programs.parquet));
    expect(format.name).toBe('text');
  });
});
