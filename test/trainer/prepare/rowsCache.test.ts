import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { realFiles } from '../../../src/data/files.ts';
import { RowsCache } from '../../../src/trainer/prepare/rowsCache.ts';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'valley-cache-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const open = (): RowsCache => RowsCache.open(realFiles, folder);
const rows = (number: number) => ({
  table: Uint32Array.from([number, number + 1]),
  bad: number % 2 === 0 ? [] : [{ line: number, rows: 1, rule: 'notJson' as const, detail: 'x' }],
  done: number * 100,
});
const add = (cache: RowsCache, number: number): void => cache.add(rows(number), Buffer.from(`row ${number}\n`));
const known = (cache: RowsCache): number[] => [...cache.earlier()].flatMap(({ table }) => [...table]);

test('what was made sure of is there again, and what came after it is not', () => {
  const first = open();
  for (const number of [1, 2, 3]) add(first, number);
  first.commit(false);
  add(first, 4);
  first.close();
  const second = open();
  expect([second.isWhole, second.blocks, known(second)]).toEqual([false, 3, [1, 2, 2, 3, 3, 4]]);
  expect([...second.earlier()].flatMap(({ bad }) => bad.map(({ line }) => line))).toEqual([1, 3]);
  add(second, 5);
  second.commit(true);
  expect(second.textAt(18, 6)).toBe('row 5\n');
  second.close();
  const third = open();
  expect([third.isWhole, third.blocks, known(third)]).toEqual([true, 4, [1, 2, 2, 3, 3, 4, 5, 6]]);
  third.close();
});

test.each([
  [
    'a list that was cut',
    () => truncateSync(join(folder, 'commits.jsonl'), statSync(join(folder, 'commits.jsonl')).size - 5),
  ],
  ['a table that is too short', () => truncateSync(join(folder, 'table.bin'), 3)],
  ['texts that are gone', () => writeFileSync(join(folder, 'texts.jsonl'), '')],
  ['a list of nonsense', () => writeFileSync(join(folder, 'commits.jsonl'), '{nonsense}\n')],
])('%s counts for nothing: all is read again', (_, damage) => {
  const first = open();
  add(first, 1);
  first.commit(true);
  first.close();
  damage();
  const second = open();
  expect([second.isWhole, second.blocks, known(second)]).toEqual([false, 0, []]);
  second.close();
});

test('a line that was torn off counts only up to the one before', () => {
  const first = open();
  add(first, 1);
  first.commit(false);
  first.close();
  appendFileSync(join(folder, 'commits.jsonl'), '{"blocks":9,"te');
  const second = open();
  expect(second.blocks).toBe(1);
  add(second, 2);
  second.commit(true);
  second.close();
  expect(readFileSync(join(folder, 'commits.jsonl'), 'utf8').trim().split('\n')).toHaveLength(2);
});
