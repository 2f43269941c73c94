import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { CellResult } from '../../src/protocol/ladder.ts';
import { cellAnswers } from '../../src/trainer/report/cellAnswers.ts';

const folder = mkdtempSync(join(tmpdir(), 'valley-cells-'));
afterAll(() => rmSync(folder, { recursive: true }));

const LINE = JSON.stringify({
  ...{ prompt: '1+1', gold: '2', text: '2', answer: '2', verdict: 'correct', finishReason: 'stop', tokens: 1 },
});

/** A cell of two completions beside a file of `written` ones. */
function read(file: string, { written = 2, count = 2, text = LINE } = {}) {
  mkdirSync(join(folder, 'samples'), { recursive: true });
  writeFileSync(join(folder, 'samples', file), `${text}\n`.repeat(written));
  const outcomes = { k: 1, verdicts: ['correct', 'correct'], tokens: [1, 1], finishReasons: [], steps: [] };
  const key = { model: 'made', stage: 'sft', size: 8, seed: 1, step: 1, evaluation: 'made' } as const;
  const result = { key, scores: [], outcomes, completions: { file, count }, teaching: null };
  return cellAnswers(folder, result as unknown as CellResult);
}

test('completions are those that the record of the ladder names and counts', async () => {
  expect([...((await read('made-1.jsonl')) ?? new Map()).values()].flat()).toHaveLength(2);
  expect(await read('made-1.jsonl', { written: 3 })).toBeNull();
  expect(await read('made-1.jsonl', { written: 3, count: 3 })).toBeNull();
  expect(await read('made-1.jsonl', { text: '{}' })).toBeNull();
  expect(await read('made-1.jsonl', { text: `${LINE}${' '.repeat(200_000)}` })).toBeNull();
  expect(await read('../outside.jsonl')).toBeNull();
});
