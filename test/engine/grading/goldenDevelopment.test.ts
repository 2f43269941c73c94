import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { grade, reward } from '../../../src/engine/grading/mathVerifier.ts';
import { measured, tableOf, type Row } from '../../../scripts/gradingTable.mjs';

const rows = readFileSync('test/fixtures/grading/development.jsonl', 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as Row);
const graded = rows.map((row) => ({ row, verdict: grade(row.prediction, row.gold).verdict }));
const page = readFileSync('docs/grading.md', 'utf8');

test('precision and recall on the development table', () => {
  const { precision, recall } = measured(graded);
  expect(precision).toBeGreaterThanOrEqual(0.995);
  expect(recall).toBeGreaterThanOrEqual(0.97);
});

test('docs/grading.md shows the table and the misses of this verifier (npm run prove -- grading writes it)', () => {
  expect(page).toContain(tableOf('development.jsonl', graded));
});

test('what reward accepts, grade accepts', () => {
  const accepted = graded.filter(({ row }) => reward(row.prediction, row.gold).verdict === 'correct');
  expect(accepted.filter(({ verdict }) => verdict !== 'correct')).toEqual([]);
  expect(accepted.length).toBeGreaterThan(300);
});

test('the same texts have the same verdict every time', () => {
  const again = graded.filter(({ row, verdict }) => grade(row.prediction, row.gold).verdict !== verdict);
  expect(again).toEqual([]);
});
