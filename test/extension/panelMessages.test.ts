import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readFromPanel } from '../../src/extension/panelMessages.ts';
import { PANEL_ACTIONS } from '../../src/protocol/panel.ts';

const known = [
  { type: 'ready' },
  ...PANEL_ACTIONS.map((action) => ({ type: 'act', action })),
  { type: 'openCompletion', id: '50-training-1' },
  { type: 'loadSamples', file: 'addition-3-00000100.jsonl' },
  { type: 'reportError', message: 'x is undefined' },
  { type: 'loadScores' },
  { type: 'exportFigure', evaluation: 'repetition/3-7 5f2a90c1', format: 'svg' },
  { type: 'exportPng', evaluation: 'repetition/3-7 5f2a90c1', png: 'iVBORw0KGgoAAA==' },
  { type: 'loadProblems', of: { run: null, file: 'math-500-00000100.jsonl' } },
  { type: 'openAnswer', of: { run: 'run-2', file: 'math-500-00000100.jsonl' }, id: '100-evaluation-3' },
  { type: 'compare', pair: { before: { run: null, step: 0 }, after: { run: 'run-2', step: 100 }, matters: 0.05 } },
];

test.each(known)('takes $type as it is', (message) => {
  expect(readFromPanel(message)).toEqual(message);
});

test.each([
  null,
  undefined,
  'ready',
  [],
  {},
  { type: 'execute', command: 'rm' },
  { type: 'ready', command: 'workbench.action.quit' },
  { type: 'act', action: 'deleteRun' },
  { type: 'act', action: 'toString' },
  { type: 'act', action: ['stop'] },
  { type: 'act' },
  { type: 'openCompletion', id: 7 },
  { type: 'openCompletion', id: '' },
  { type: 'openCompletion', id: 'x'.repeat(201) },
  { type: 'openCompletion', id: 'a', path: '/etc/passwd' },
  { type: 'loadSamples', file: { toString: () => 'a' } },
  { type: 'reportError', message: 'x'.repeat(4001) },
  { type: 'loadScores', of: 'everything' },
  { type: 'exportFigure', evaluation: 'a', format: 'html' },
  { type: 'exportFigure', evaluation: 'a', format: 'svg', path: '/etc/passwd' },
  { type: 'exportPng', evaluation: 'a', png: 'PHN2Zz4=' },
  { type: 'exportPng', evaluation: 'a', png: 'iVBORw0KGgo<script>' },
  { type: 'loadProblems', of: { run: null, file: '' } },
  { type: 'loadProblems', of: { run: 7, file: 'a' } },
  { type: 'loadProblems', of: { run: null, file: 'a', folder: '/etc' } },
  { type: 'openAnswer', of: { run: null, file: 'a' } },
  { type: 'openAnswer', of: { run: null, file: 'a' }, id: 'x'.repeat(201) },
  { type: 'compare', pair: { before: { run: null, step: 0 }, after: { run: null, step: -1 }, matters: 0.05 } },
  { type: 'compare', pair: { before: { run: null, step: 0 }, after: { run: null, step: 1.5 }, matters: 0.05 } },
  { type: 'compare', pair: { before: { run: null, step: 0 }, after: { run: null, step: 1 }, matters: 1 } },
  { type: 'compare', pair: { before: { run: '', step: 0 }, after: { run: null, step: 1 }, matters: 0.1 } },
  { type: 'compare', pair: { before: null, after: null, matters: 0.1 } },
])('refuses %j', (message) => {
  expect(readFromPanel(message)).toBeNull();
});

test('whatever comes, only a known message passes, and it is equal to what came', () => {
  const known = [
    'ready',
    'act',
    'openCompletion',
    'loadSamples',
    'reportError',
    'loadScores',
    'compare',
    'exportFigure',
  ] as const;
  const type = fc.constantFrom(...known, 'loadProblems', 'openAnswer', 'other');
  const run = fc.oneof(fc.constant(null), fc.string(), fc.anything());
  const of = fc.oneof(fc.record({ run, file: fc.oneof(fc.string(), fc.anything()) }), fc.anything());
  const step = fc.record({ run, step: fc.oneof(fc.nat(), fc.double(), fc.anything()) });
  const pair = fc.oneof(fc.record({ before: step, after: step, matters: fc.double() }), fc.anything());
  const message = fc.record(
    { type, id: fc.oneof(fc.string(), fc.anything()), file: fc.anything(), action: fc.anything(), of, pair },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.oneof(fc.anything(), message), (given) => {
      const read = readFromPanel(given);
      if (read !== null) expect(read).toEqual(given);
    }),
  );
});
