/** The shape of the golden tables of the answer verifier; what their rows say is checked where the verifier is. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

interface Row {
  readonly id: string;
  readonly gold: string;
  readonly prediction: string;
  readonly expected: string;
  readonly kind: string;
  readonly reason: string;
  readonly source: string;
}

const folder = join(import.meta.dirname, '../../fixtures/grading');
const read = (name: string): readonly Row[] =>
  readFileSync(join(folder, name), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line): Row => JSON.parse(line));

/** The list that closes the README beside the tables. */
const kinds = [...(readFileSync(join(folder, 'README.md'), 'utf8').split('## Kinds')[1] ?? '').matchAll(/`([\w-]+)`/g)]
  .map((match) => match[1] ?? '')
  .toSorted();

/** The held-back table may be on another branch. */
const least = { 'development.jsonl': 1050, 'held.jsonl': 550 };
const tables = Object.entries(least)
  .filter(([name]) => existsSync(join(folder, name)))
  .map(([name, count]) => ({ name, count, rows: read(name) }));

describe.each(tables)('golden table $name', ({ count, rows }) => {
  test('has enough rows of every kind', () => {
    expect(rows.length).toBeGreaterThanOrEqual(count);
    expect([...new Set(rows.map(({ kind }) => kind))].toSorted()).toEqual(kinds);
  });

  test('has every verdict, and at least a third of its rows are not correct', () => {
    const verdicts = rows.map(({ expected }) => expected);
    expect(new Set(verdicts)).toEqual(new Set(['correct', 'wrong', 'unparsed', 'gold_unparsed']));
    expect(verdicts.filter((verdict) => verdict !== 'correct').length).toBeGreaterThan(rows.length / 3);
  });

  test('has seven texts in each row, with a reason and a source', () => {
    const keys = ['id', 'gold', 'prediction', 'expected', 'kind', 'reason', 'source'];
    for (const row of rows) {
      expect(Object.keys(row)).toEqual(keys);
      expect(Object.values(row).every((value) => typeof value === 'string')).toBe(true);
      expect([row.reason, row.source], row.id).not.toContain('');
    }
  });
});

test('no row occurs twice, in one table or in both', () => {
  const rows = tables.flatMap((table) => table.rows);
  expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
  expect(new Set(rows.map(({ gold, prediction }) => JSON.stringify([gold, prediction]))).size).toBe(rows.length);
});
