import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeEventLine } from '../../../src/protocol/eventLine.ts';
import { analyseRun } from '../../../src/trainer/analysis/analyseRun.ts';

let root = '';
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'analyse-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A run folder as far as an analysis reads it: one file of completions. */
function run(name: string, lines: readonly string[]): string {
  const folder = join(root, name);
  mkdirSync(join(folder, 'samples'), { recursive: true });
  writeFileSync(join(folder, 'samples', 'kept.jsonl'), lines.map((line) => `${line}\n`).join(''));
  const event = { type: 'samples.written', file: 'kept.jsonl', step: 5, benchmark: 'b', count: lines.length } as const;
  appendFileSync(
    join(folder, 'events.jsonl'),
    encodeEventLine({ v: 1, runId: 'r', attempt: 1, seq: 0, time: 0, event }),
  );
  return folder;
}

const completion = (prompt: string, text: string): string =>
  JSON.stringify({ prompt, gold: '7', text, answer: '7', verdict: 'correct', finishReason: 'stop', tokens: 9 });

test('completions of one problem belong together', async () => {
  const runFolder = run(
    'good',
    ['3+4=', '3+4=', '2+5='].map((prompt) => completion(prompt, '3 + 4 = 8. No, 3 + 4 = 7.')),
  );
  const told = await analyseRun({ runFolder, step: null });
  expect(told).toMatchObject({
    type: 'analysed',
    analyses: [{ benchmark: 'b', step: 5, problems: 2, completions: 3, errors: { steps: 6, wrong: 3, repaired: 3 } }],
  });
});

test('what cannot be read is refused with the line', async () => {
  const runFolder = run('bad', [completion('3+4=', ''), '{"prompt": "2+5="}']);
  expect(await analyseRun({ runFolder, step: null })).toMatchObject({
    type: 'refused',
    error: { code: 'badDataset', message: expect.stringContaining('line 2 is no completion') as string },
  });
  expect(await analyseRun({ runFolder, step: 7 })).toMatchObject({
    type: 'refused',
    error: { code: 'badConfig', message: expect.stringContaining('only of: 5') as string },
  });
  expect(await analyseRun({ runFolder: run('empty', []), step: null })).toMatchObject({
    type: 'refused',
    error: { message: expect.stringContaining('holds no completion') as string },
  });
});
