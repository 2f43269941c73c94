import { describe, expect, test } from 'vitest';
import { cellsOf, cut, padEnd, padStart } from '../../src/cli/cells.ts';
import { bytes, compact, duration, interval, number, percent, scoreValue } from '../../src/cli/format.ts';
import { paint } from '../../src/cli/paint.ts';
import { bar, completionLine, executorLine, scoreTable, statusBlock, type Look } from '../../src/cli/render.ts';
import type { Series } from '../../src/protocol/state.ts';
import { completion, folded, stamped } from './events.ts';

const look = (width = 100, hasColor = false): Look => ({ width, paint: paint(hasColor), strings: {} });

test('the status block says where the run is and what it learns', () => {
  expect(statusBlock(folded(), look())).toEqual([
    'addition · training · step 50 / 100 · 0:25 left',
    `${'━'.repeat(30)}${'╌'.repeat(30)} 50 %`,
    'loss 0.0400 · 16.2k tok/s · accuracy 94.8 % (92.1–96.7 %, n 400)',
  ]);
});

test('a queued, a paused and an evaluating run say so', () => {
  const run = folded();
  expect(statusBlock({ ...run, status: 'queued', queuedBehind: 'other' }, look())[0]).toContain('held by other');
  expect(statusBlock({ ...run, status: 'paused' }, look())[0]).toContain('paused');
  const evaluating = { benchmark: 'b', step: 50, done: 64, total: 400 };
  expect(statusBlock({ ...run, phase: 'evaluating', evaluating }, look())[0]).toContain('evaluating 64 / 400');
});

test('only the own metrics of a run are shown', () => {
  const series = Object.create({ loss: { steps: [1], values: [1] } }) as Record<string, Series>;
  const run = { ...folded(), series };
  expect(statusBlock(run, look()).join()).not.toContain('loss');
});

describe.each([20, 40, 80, 200])('at %i cells', (width) => {
  test('no line is wider', () => {
    const run = { ...folded(), name: '긴 이름 '.repeat(30) };
    const lines = [...statusBlock(run, look(width)), completionLine(completion, look(width))];
    for (const line of lines) expect(cellsOf(line), line).toBeLessThanOrEqual(Math.max(width, 14));
  });
});

test('a completion is one line: verdict, step, prompt, trace, answer', () => {
  expect(completionLine(completion, look())).toBe('✓     50  12+34= 2+4+0=6;1+3+0=4; → 46');
  const wrong = { ...completion, answer: '47', verdict: 'wrong', finishReason: 'length' } as const;
  expect(completionLine(wrong, look())).toBe('✗     50  12+34= 2+4+0=6;1+3+0=4; → 47 (right: 46) (cut)');
  expect(completionLine({ ...completion, answer: null, verdict: 'unparsed' }, look())).toMatch(/^\?.* → –$/);
  expect(completionLine({ ...completion, gold: null, verdict: 'ungraded' }, look())).toMatch(/^·/);
});

test('a long trace gives way, the answer stays', () => {
  const line = completionLine({ ...completion, trace: '1+1=2;'.repeat(100) }, look(60));
  expect(line).toMatch(/…  ?→ 46$|… → 46$/);
  expect(cellsOf(line)).toBeLessThanOrEqual(60);
});

test('what a model writes cannot reach the terminal', () => {
  const line = completionLine({ ...completion, trace: '\u001b[2J\u0007\u202eevil\n', answer: '\u001b]0;x' }, look());
  // oxlint-disable-next-line no-control-regex
  expect(line).not.toMatch(/[\u0000-\u001f\u202e]/);
});

test('colours are added only where they are wanted', () => {
  expect(completionLine(completion, look(80, true))).toContain('\u001b[32m✓\u001b[39m');
  expect(completionLine(completion, look(80, false))).not.toContain('\u001b');
});

test('the score table is aligned and gives n, k and the interval', () => {
  expect(scoreTable(folded(), {})).toEqual([
    'benchmark              step  score                       value  95 % interval    n  k',
    'arithmetic/addition-2    50  accuracy                   94.8 %    92.1–96.7 %  400  1',
    '                             completions/mean_length  18.3 tok              –  400  1',
  ]);
  expect(scoreTable(folded(stamped([])), {})).toEqual([]);
});

test('the executor is named with the reason for the choice', () => {
  const { executor } = folded();
  if (!executor) throw new Error('expected an executor');
  expect(executorLine(executor, {})).toBe(
    'cpu · onnxruntime-node 1.30.0 · Some Processor · f32 · 2 threads — No GPU adapter was found.',
  );
});

test('a bar is full only at the end', () => {
  expect(bar(0, 66)).toBe(`${'╌'.repeat(60)} 0 %`);
  expect(bar(0.999, 66)).toContain(' 99 %');
  expect(bar(1, 66)).toBe(`${'━'.repeat(60)} 100 %`);
});

test('Korean takes two cells a letter, combining marks none', () => {
  expect(cellsOf('학습 run')).toBe(8);
  expect(cellsOf('e\u0301')).toBe(1);
  expect(cut('학습 실행', 6)).toBe('학습 …');
  expect(cut('abc', 3)).toBe('abc');
  expect(cut('abcd', 3)).toBe('ab…');
  expect(cut('abcd', 0)).toBe('');
  expect(padEnd('학', 4)).toBe('학  ');
  expect(padStart('학', 4)).toBe('  학');
});

test('numbers read as people write them', () => {
  expect([number(1240), number(0.12345), number(1234.5)]).toEqual(['1,240', '0.123', '1,235']);
  expect([duration(9), duration(70), duration(7384), duration(-1)]).toEqual(['0:09', '1:10', '2:03:04', '0:00']);
  expect([compact(980), compact(16_240), compact(3_250_000)]).toEqual(['980', '16.2k', '3.25M']);
  expect([percent(0.948), bytes(1500), bytes(9_748_140)]).toEqual(['94.8 %', '2 kB', '9.75 MB']);
  const score = { name: 'x', value: 1, n: 1, k: 1, unit: 'tokens' } as const;
  expect([interval({ ...score, interval: null }), interval({ ...score, interval: [1, 2.25] })]).toEqual([
    '–',
    '1.0–2.3',
  ]);
  const loss = { ...score, value: 2.34567, unit: 'nats', interval: [2.3, 2.39] } as const;
  expect([scoreValue(loss), interval(loss)]).toEqual(['2.346', '2.300–2.390']);
});
